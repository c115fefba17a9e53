package dev.rowan.compaction;

import java.time.Duration;

/** How much history is kept without anybody compacting (CFG-3). */
public sealed interface Retention {
  /** All of it. */
  record Everything() implements Retention {}

  /**
   * That of a time.
   *
   * @param period at least a tenth of a second
   */
  record Period(Duration period) implements Retention {}

  /**
   * So many of the newest revisions.
   *
   * @param revisions above 0
   */
  record Revisions(long revisions) implements Retention {}
}
