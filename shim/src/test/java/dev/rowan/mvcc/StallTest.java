package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.lease.LeaseBook;
import dev.rowan.lease.LeaseBook.Lease;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** L-8: nobody could renew a lease in a stall, so that no holder is to blame. */
final class StallTest {
  private static final long TTL_SECONDS = 1;

  private final LeaseBook leases = new LeaseBook(System::nanoTime);
  private final Stall stall = new Stall(leases);

  private Lease lease() {
    leases.grant(7, TTL_SECONDS, 0);
    return Objects.requireNonNull(leases.find(7));
  }

  private static void awaitMoreThanItsTime() {
    long began = System.nanoTime();
    await().until(() -> System.nanoTime() - began > 2 * Stall.STALLED.toNanos());
  }

  @Test
  void workThatHungAndThenFailedIsExcusedFromItsBeginning() {
    Lease lease = lease();
    stall.workBegins();
    awaitMoreThanItsTime();
    stall.failed();

    stall.excuse();

    assertThat(leases.ended(lease)).isFalse();
    assertThat(stall.lasts()).isTrue();
    stall.committed();
    assertThat(stall.lasts()).isFalse();
    assertThat(leases.ended(lease)).isFalse();
  }

  @Test
  void workThatHungInAReadIsExcusedToo() {
    Lease lease = lease();
    stall.workBegins();
    awaitMoreThanItsTime();
    stall.workEnds();

    stall.workBegins();
    stall.excuse();

    assertThat(leases.ended(lease)).isFalse();
    assertThat(stall.lasts()).isTrue();
  }

  @Test
  void silenceIsExcusedUntilSomethingIsHeard() {
    Lease lease = lease();
    stall.asked();
    awaitMoreThanItsTime();
    stall.workBegins();
    stall.excuse();
    assertThat(leases.ended(lease)).isFalse();
    assertThat(stall.lasts()).as("no append need show that it is over").isFalse();

    stall.heard();

    await()
        .until(() -> {
          stall.workBegins();
          stall.excuse();
          return leases.ended(lease);
        });
  }

  @Test
  void timeWithoutWorkIsNoStall() {
    Lease lease = lease();
    stall.workBegins();
    stall.workEnds();
    awaitMoreThanItsTime();

    stall.workBegins();
    stall.excuse();

    assertThat(leases.ended(lease)).isTrue();
    assertThat(stall.lasts()).isFalse();
  }
}
