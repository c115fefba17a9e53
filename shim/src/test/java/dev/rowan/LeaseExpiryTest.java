package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.cluster.Leadership;
import dev.rowan.mvcc.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** L-3 and L-8: who ends leases, and when all have their time again. */
final class LeaseExpiryTest {
  private final List<Command<?>> carriedOut = new ArrayList<>();
  private boolean leads = true;
  private long term = 1;

  /** A member's standing as the test has it. */
  private final class Standing implements Leadership {
    @Override
    public Place place() {
      throw new AssertionError("of no concern");
    }

    @Override
    public boolean leads() {
      return leads;
    }

    @Override
    public Seen seen() {
      throw new AssertionError("of no concern");
    }

    @Override
    public CompletableFuture<Void> moveTo(long memberId) {
      throw new AssertionError("of no concern");
    }
  }

  private Command.ExpireLeases looked(LeaseExpiry expiry) {
    carriedOut.clear();
    expiry.look();
    assertThat(carriedOut).hasSize(1);
    return (Command.ExpireLeases) carriedOut.getFirst();
  }

  @Test
  void theLeaderOfAQuorumRenewsAllOnceATerm() {
    LeaseExpiry expiry = new LeaseExpiry(new Standing(), () -> term, carriedOut::add);

    assertThat(looked(expiry).leaderAnew()).isTrue();
    assertThat(looked(expiry).leaderAnew()).isFalse();
    term = 3;
    assertThat(looked(expiry).leaderAnew()).isTrue();
    assertThat(looked(expiry).leaderAnew()).isFalse();
  }

  @Test
  void whoDoesNotLeadAQuorumEndsNone() {
    leads = false;

    new LeaseExpiry(new Standing(), () -> term, carriedOut::add).look();

    assertThat(carriedOut).isEmpty();
  }

  @Test
  void overADatabaseOthersEndThemLaterThanWhoLeads() {
    LeaseExpiry expiry = new LeaseExpiry(new Standing(), null, carriedOut::add);

    Command.ExpireLeases leaders = looked(expiry);
    leads = false;
    Command.ExpireLeases others = looked(expiry);

    assertThat(leaders.overdue()).isZero();
    assertThat(others.overdue()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(leaders.leaderAnew()).isFalse();
    assertThat(others.leaderAnew()).isFalse();
  }
}
