package dev.rowan.compaction;

import java.time.Duration;

/** Keeps so many of the newest revisions, and looks every five minutes whether there are more. */
final class RevisionSchedule implements Schedule {
  /** etcd's. */
  private static final Duration STEP = Duration.ofMinutes(5);

  private final long kept;
  private long compactedRevision;

  RevisionSchedule(long kept) {
    this.kept = kept;
  }

  @Override
  public Duration step() {
    return STEP;
  }

  @Override
  public long next(long revision, long nanos) {
    long due = revision - kept;
    return due > 0 && due != compactedRevision ? due : NONE;
  }

  @Override
  public void compacted(long revision, long nanos) {
    compactedRevision = revision;
  }
}
