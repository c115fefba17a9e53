package dev.rowan.compaction;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps the history of a period (CFG-3): notes the revision at each step, and when the period is
 * over compacts at the oldest note, which then is one period old.
 *
 * <p>Example, of a period of 10 h: a step takes 6 minutes. After 100 steps the first compaction is
 * due, at the revision noted at the start, and then one each hour. One that fails is due again at
 * the next step; one that would change nothing, as soon as the oldest note is another.
 */
final class PeriodicSchedule implements Schedule {
  /** Longest time between two compactions, as in etcd. */
  private static final Duration INTERVAL_MAX = Duration.ofHours(1);

  /** Steps between two compactions, as in etcd. */
  private static final int STEPS = 10;

  private final Duration step;
  private final long intervalNanos;
  private final int notesMax;
  private final Deque<Long> notes = new ArrayDeque<>();

  /** How long after the last compaction the next is due; the whole period before the first. */
  private long waitNanos;

  private long compactedNanos;
  private long compactedRevision;

  /**
   * Begins a period.
   *
   * @param revision the store's newest
   * @param nanos time now
   */
  PeriodicSchedule(Duration period, long revision, long nanos) {
    Duration interval = period.compareTo(INTERVAL_MAX) < 0 ? period : INTERVAL_MAX;
    this.step = interval.dividedBy(STEPS);
    this.intervalNanos = interval.toNanos();
    this.notesMax = Math.toIntExact(period.dividedBy(step)) + 1;
    this.waitNanos = period.toNanos();
    this.compactedNanos = nanos;
    notes.add(revision);
  }

  @Override
  public Duration step() {
    return step;
  }

  @Override
  public long next(long revision, long nanos) {
    long oldest = notes.getFirst();
    notes.addLast(revision);
    if (notes.size() > notesMax) {
      notes.removeFirst();
    }
    if (nanos - compactedNanos < waitNanos || oldest == compactedRevision) {
      return NONE;
    }
    waitNanos = intervalNanos;
    return oldest;
  }

  @Override
  public void compacted(long revision, long nanos) {
    compactedRevision = revision;
    compactedNanos = nanos;
  }
}
