package dev.rowan.cluster;

import dev.rowan.error.EtcdError;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * Leadership among instances over one database: the one that joined first has it for as long as it
 * lives, and everything in the log is settled and applied.
 */
public final class InstanceLeadership implements Leadership {
  /** There is always a leader, and nobody tells how many there were. */
  private static final Seen SEEN = new Seen(1, 0);

  private final Identity identity;
  private final Instances instances;
  private final LongSupplier position;

  /**
   * Makes it.
   *
   * @param position of the log, up to where it is read here
   */
  public InstanceLeadership(Identity identity, Instances instances, LongSupplier position) {
    this.identity = identity;
    this.instances = instances;
    this.position = position;
  }

  @Override
  public Place place() {
    long applied = position.getAsLong();
    return new Place(identity.term(), instances.leaderId(), false, applied, applied);
  }

  @Override
  public boolean leads() {
    return instances.leads();
  }

  @Override
  public Seen seen() {
    return SEEN;
  }

  /** Who leads goes on to. */
  @Override
  public CompletableFuture<Void> moveTo(long memberId) {
    if (!instances.leads()) {
      return CompletableFuture.failedFuture(EtcdError.NOT_LEADER.exception());
    }
    return memberId == identity.memberId()
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(EtcdError.BAD_TRANSFEREE.exception());
  }
}
