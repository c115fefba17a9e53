package dev.rowan.mvcc;

import dev.rowan.lease.LeaseBook;
import java.time.Duration;

/**
 * The time in which nothing could be committed, and so no lease be renewed: leases do not end for
 * it (L-8). It begins with the work during which the log failed or did not answer, and lasts until
 * an append succeeds. An instance that commits nothing knows of it by the log's silence. Belongs to
 * the sequencer's thread, but for {@link #asked} and {@link #heard}.
 *
 * <pre>
 * time 0 s    10               40       41         42
 * work begins; hangs           fails    the next   an append succeeds
 * leases                       are given 40 s      and what passed since
 * </pre>
 */
final class Stall {
  /** Work that takes longer kept renewals waiting, even if it succeeds in the end. */
  static final Duration STALLED = Duration.ofSeconds(1);

  private final LeaseBook leases;

  /** When the present work began. */
  private long workNanos = System.nanoTime();

  /** Since when nothing could be committed; 0 while it can. */
  private long sinceNanos;

  /** Since when the log has not answered who asks for its head; 0 if it has. */
  private volatile long silentSinceNanos;

  /** Up to when leases were given the time that nobody could renew them in. */
  private long excusedUntilNanos = System.nanoTime();

  Stall(LeaseBook leases) {
    this.leases = leases;
  }

  /** What waits is taken up. */
  void workBegins() {
    workNanos = System.nanoTime();
  }

  void workEnds() {
    noticeLongWork(System.nanoTime());
  }

  /** Whether it lasts until an append succeeds; silence alone ends with the next word. */
  boolean lasts() {
    return sinceNanos != 0;
  }

  /** The log took no append. */
  void failed() {
    since(workNanos);
  }

  /** The log took one. */
  void committed() {
    excuse();
    sinceNanos = 0;
    heard();
    workNanos = System.nanoTime();
  }

  /** The log is asked for its head; the answer comes with {@link #heard}, if one comes. */
  void asked() {
    if (silentSinceNanos == 0) {
      silentSinceNanos = System.nanoTime();
    }
  }

  /** The log has answered, or told something. */
  void heard() {
    silentSinceNanos = 0;
  }

  /** Gives leases the time until now; each time before it is decided what has ended. */
  void excuse() {
    long now = System.nanoTime();
    noticeLongWork(now);
    long silent = silentSinceNanos;
    boolean silence = silent != 0 && now - silent > STALLED.toNanos();
    long since = sinceNanos == 0 && silence ? silent : sinceNanos;
    if (since != 0) {
      leases.pause(now - (excusedUntilNanos - since > 0 ? excusedUntilNanos : since));
      excusedUntilNanos = now;
    }
  }

  private void noticeLongWork(long now) {
    if (now - workNanos > STALLED.toNanos()) {
      since(workNanos);
    }
  }

  private void since(long nanos) {
    if (sinceNanos == 0 || nanos - sinceNanos < 0) {
      sinceNanos = nanos;
    }
  }
}
