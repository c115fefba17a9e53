package dev.rowan.quorum;

import dev.rowan.raft.LeadershipListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Who leads, as Raft told this member last. Told by Raft's timer, read by any thread. */
public final class Leaders implements LeadershipListener {
  private volatile Known known = new Known(0, 0, System.nanoTime(), 0);
  private final ConcurrentLinkedQueue<Awaited> awaited = new ConcurrentLinkedQueue<>();

  /**
   * What is known.
   *
   * @param leaderId 0 for nobody
   * @param sinceNanos of {@link System#nanoTime}, when that one was told first
   * @param changes times that a leader came
   */
  record Known(long term, long leaderId, long sinceNanos, long changes) {
    boolean somebody() {
      return leaderId != 0;
    }
  }

  private record Awaited(long memberId, CompletableFuture<Void> leads) {}

  @Override
  public void changed(long term, long leaderId) {
    Known before = known;
    boolean other = before.leaderId != leaderId;
    known =
        new Known(
            term,
            leaderId,
            other ? System.nanoTime() : before.sinceNanos,
            before.changes + (other && leaderId != 0 ? 1 : 0));
    complete();
  }

  private void complete() {
    long leader = known.leaderId;
    awaited.removeIf(one -> {
      if (one.memberId == leader) {
        one.leads.complete(null);
      }
      return one.leads.isDone();
    });
  }

  Known known() {
    return known;
  }

  /** Raft's term, for the headers of answers. */
  public long term() {
    return known.term;
  }

  /** Completed once that one leads; whoever waits no more completes it. */
  CompletableFuture<Void> whenLeads(long memberId) {
    Awaited one = new Awaited(memberId, new CompletableFuture<>());
    awaited.add(one);
    complete();
    return one.leads;
  }
}
