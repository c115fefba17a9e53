package dev.rowan.mvcc;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Has a batch wait for the clients that were answered just before: what PostgreSQL has commit_delay
 * for, found out instead of configured. Belongs to the sequencer's thread.
 *
 * <pre>
 * 64 clients, one request each at a time; an append costs 3 ms, however much is in it
 * without   32 are appended while 32 wait, then the others: two halves that take turns for ever
 * with      the 32 that wait give those that were answered the time to come back: 64 an append
 * </pre>
 *
 * <p>Nobody is waited for if nobody queued during the last append, as with few clients, or if those
 * who were waited for did not come.
 */
final class CommitDelay {
  /** The longest wait, and with it the longest append of which half is waited. */
  private static final Duration MAX = Duration.ofMillis(4);

  private static final long STEP_NANOS = 100_000;

  /** Of those that were answered, the part that is waited for. */
  private static final double SHARE = 0.9;

  /** Batches that are appended at once after a wait in vain. */
  private static final int AFTER_VAIN = 32;

  private final Backlog backlog;
  private int wanted;
  private long atMostNanos;
  private int atOnce;

  CommitDelay(Backlog backlog) {
    this.backlog = backlog;
  }

  /**
   * Takes note of a batch, when its commands are answered.
   *
   * @param nanos what it took
   */
  void committed(int commands, long nanos) {
    int waiting = backlog.size();
    atOnce = Math.max(0, atOnce - 1);
    wanted = waiting == 0 || atOnce > 0 ? 0 : waiting - 1 + (int) (commands * SHARE);
    atMostNanos = Math.min(MAX.toNanos(), nanos / 2);
  }

  /** How many commands are to be there behind the first, before they are gathered; 0 for any. */
  int wanted() {
    return wanted;
  }

  /** Waits for them once the first is taken, for half as long as the last batch took at most. */
  void await() {
    if (wanted == 0) {
      return;
    }
    long end = System.nanoTime() + atMostNanos;
    while (backlog.size() < wanted && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(this, STEP_NANOS);
    }
    if (backlog.size() < wanted / 2) {
      atOnce = AFTER_VAIN;
    }
  }
}
