package dev.rowan.raft;

/**
 * A place in the log. Indexes begin at 0 and have no gaps; terms never go down along the log.
 *
 * @param term number of the election whose leader wrote the entry
 */
public record LogPosition(long term, long index) {
  /** Before the first entry: where an empty state machine is. */
  public static final LogPosition NONE = new LogPosition(0, -1);
}
