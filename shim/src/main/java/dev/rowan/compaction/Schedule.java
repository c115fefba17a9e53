package dev.rowan.compaction;

import java.time.Duration;

/** When auto-compaction compacts, and up to where. Used by one thread at a time. */
sealed interface Schedule permits PeriodicSchedule, RevisionSchedule {
  /** Nothing to do at this step. */
  long NONE = 0;

  /** Time between two steps. */
  Duration step();

  /**
   * Takes a step.
   *
   * @param revision the store's newest
   * @param nanos time now, of a clock that never goes back
   * @return the revision to compact at, or {@link #NONE}
   */
  long next(long revision, long nanos);

  /**
   * History is compacted at a revision that a step gave; without it, a later step gives one again.
   *
   * @param nanos time of that step
   */
  void compacted(long revision, long nanos);
}
