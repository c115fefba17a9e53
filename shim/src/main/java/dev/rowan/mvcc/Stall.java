package dev.rowan.mvcc;

import dev.rowan.lease.LeaseBook;
import java.time.Duration;

/**
 * The time in which nothing could be committed, and so no lease be renewed: leases do not end for
 * it (L-8). An instance that commits nothing knows of it by the log's silence. Belongs to the
 * sequencer's thread, but for {@link #asked} and {@link #heard}.
 */
final class Stall {
  /** An answer of the log that takes longer kept renewals waiting, even if it comes in the end. */
  static final Duration STALLED = Duration.ofSeconds(1);

  private final LeaseBook leases;

  /** Since when nothing could be committed; 0 while it can. */
  private long sinceNanos;

  /** Since when the log has not answered who asks for its head; 0 if it has. */
  private volatile long silentSinceNanos;

  /** Up to when leases were given the time that nobody could renew them in. */
  private long excusedUntilNanos = System.nanoTime();

  Stall(LeaseBook leases) {
    this.leases = leases;
  }

  /** Nothing can be committed, for now. */
  void begin() {
    since(System.nanoTime());
  }

  /** A commit succeeded that began at a time. */
  void committed(long startedNanos) {
    if (System.nanoTime() - startedNanos > STALLED.toNanos()) {
      since(startedNanos);
    }
    end();
  }

  private void since(long nanos) {
    if (sinceNanos == 0) {
      sinceNanos = nanos;
    }
  }

  /** Commits go on. */
  void end() {
    excuse();
    sinceNanos = 0;
  }

  /** The log is asked for its head; the answer comes with {@link #heard}, if one comes. */
  void asked() {
    if (silentSinceNanos == 0) {
      silentSinceNanos = System.nanoTime();
    }
  }

  /** The log has answered. */
  void heard() {
    silentSinceNanos = 0;
  }

  /** Gives leases the time until now; each time before it is decided what has ended. */
  void excuse() {
    long now = System.nanoTime();
    long silent = silentSinceNanos;
    boolean silence = silent != 0 && now - silent > STALLED.toNanos();
    long since = sinceNanos == 0 && silence ? silent : sinceNanos;
    if (since != 0) {
      leases.pause(now - (excusedUntilNanos - since > 0 ? excusedUntilNanos : since));
      excusedUntilNanos = now;
    }
  }
}
