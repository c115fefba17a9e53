package dev.rowan;

import dev.rowan.cluster.Leadership;
import dev.rowan.mvcc.Command;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Has leases ended whose time is over. The timer's. */
final class LeaseExpiry {
  /** How often they are looked for (L-3). */
  static final Duration PERIOD = Duration.ofMillis(500);

  /** Leases ended in one period at most (L-3: 1,000 a second). */
  private static final int LEASES_MAX = 500;

  /** How long after its end a lease is ended by an instance that does not lead. */
  private static final Duration FOLLOWER_DELAY = Duration.ofSeconds(2);

  private final Leadership leadership;
  private final @Nullable LongSupplier quorumTerm;
  private final Consumer<Command<?>> carryOut;

  /** The term of the quorum in which this member led last. */
  private long ledTerm = -1;

  /**
   * Makes it.
   *
   * @param quorumTerm of which this is a member; null of one without
   * @param carryOut submits a command that nobody waits for
   */
  LeaseExpiry(
      Leadership leadership, @Nullable LongSupplier quorumTerm, Consumer<Command<?>> carryOut) {
    this.leadership = leadership;
    this.quorumTerm = quorumTerm;
    this.carryOut = carryOut;
  }

  /**
   * Looks once. Instances over a database end a lease only where the one that leads does not; a
   * quorum that has no leader takes nothing.
   */
  void look() {
    boolean leads = leadership.leads();
    if (quorumTerm == null) {
      Duration overdue = leads ? Duration.ZERO : FOLLOWER_DELAY;
      carryOut.accept(new Command.ExpireLeases(LEASES_MAX, overdue));
    } else if (leads) {
      long term = quorumTerm.getAsLong();
      boolean anew = term != ledTerm;
      ledTerm = term;
      carryOut.accept(new Command.ExpireLeases(LEASES_MAX, Duration.ZERO, anew));
    }
  }
}
