package dev.rowan.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.lease.LeaseBook.Lease;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LeaseBookTest {
  private long now = -5;
  private final LeaseBook leases = new LeaseBook(() -> now);

  private void pass(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  private Lease granted(long ttlSeconds) {
    leases.grant(1, ttlSeconds, 0);
    leases.commit();
    return Objects.requireNonNull(leases.find(1));
  }

  @Test
  void aLeaseEndsAtItsTime() {
    Lease lease = granted(10);
    pass(9);
    assertThat(leases.ended(10, Duration.ZERO)).isEmpty();
    pass(1);
    assertThat(leases.ended(lease)).isTrue();
    assertThat(leases.ended(10, Duration.ZERO)).containsExactly(lease);
  }

  @Test
  void whoWaitsForItToBeOverdueSeesItLater() {
    Lease lease = granted(10);
    pass(11);
    assertThat(leases.ended(10, Duration.ofSeconds(2))).isEmpty();
    pass(1);
    assertThat(leases.ended(10, Duration.ofSeconds(2))).containsExactly(lease);
  }

  /** L-8: as by a renewal, but that none gets less than it has. */
  @Test
  void allHaveTheirWholeTimeAgainAtLeast() {
    Lease lease = granted(10);
    pass(4);
    leases.pause(TimeUnit.SECONDS.toNanos(30));
    leases.renewAll();
    assertThat(leases.remainingSeconds(lease)).isEqualTo(36);

    pass(33);
    leases.renewAll();
    assertThat(leases.remainingSeconds(lease)).isEqualTo(10);
  }

  /** L-8: nobody could renew it meanwhile. */
  @Test
  void aPauseIsNotOfTheLeasesTime() {
    Lease lease = granted(10);
    pass(4);
    long before = leases.remainingSeconds(lease);
    pass(60);
    leases.pause(TimeUnit.SECONDS.toNanos(60));

    assertThat(leases.remainingSeconds(lease)).isEqualTo(before).isEqualTo(6);
    assertThat(leases.ended(10, Duration.ZERO)).isEmpty();
    pass(6);
    assertThat(leases.ended(10, Duration.ZERO)).containsExactly(lease);
  }
}
