package dev.rowan.mvcc;

import java.time.Duration;

/**
 * How long to wait before a shared log's head is asked for again: the longer nothing of others was
 * seen, the longer. Immutable.
 *
 * <p>The wait is a part of the quiet before it, so that writes that come about every 800 ms are
 * seen 50 ms later at most, those that come quickly after 5 ms, and a store that nobody writes to
 * costs two queries in a little more than a second.
 */
final class Pace {
  /** Between two questions, at least. */
  static final Duration QUICKEST = Duration.ofMillis(5);

  /** Between two questions, at most. */
  static final Duration SLOWEST = Duration.ofMillis(600);

  /** Part of the quiet so far that is waited. */
  private static final int PART = 16;

  private Pace() {}

  /**
   * Nanoseconds from the last question to the next.
   *
   * @param quietNanos since others' writes were seen last
   */
  static long waitNanos(long quietNanos) {
    return Math.clamp(quietNanos / PART, QUICKEST.toNanos(), SLOWEST.toNanos());
  }
}
