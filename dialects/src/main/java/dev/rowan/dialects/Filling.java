package dev.rowan.dialects;

import java.util.List;

/**
 * A fresh log that is being filled with a history of elsewhere, whose revisions it keeps. All of it
 * is one transaction: nobody sees any of it before {@link #finish}, and nothing is left of it if
 * the process ends or the filling is closed before. Not thread safe.
 */
public interface Filling extends AutoCloseable {
  /**
   * Adds rows and meta rows. A few megabytes at a time are best: they are held in memory.
   *
   * @param rows in id order, after all that were added before
   * @param meta each (bucket, id) once in the whole filling
   */
  void add(List<LogRow> rows, List<MetaRow> meta) throws LogException;

  /**
   * Moves the head and commits. On return everything is durable and visible.
   *
   * @param revision that of the newest row, or more if the newest rows are pruned
   * @param compactRevision -1 if the history was never compacted
   * @param prunedRevision every revision after it has a row
   * @return the head; its cluster id is the log's own
   * @throws LogException.Conflict if another instance has appended meanwhile; nothing was filled
   * @throws LogException.UnknownOutcome if it cannot be known whether it was committed
   */
  Head finish(long revision, long compactRevision, long prunedRevision) throws LogException;

  /** Takes everything back unless it is finished. */
  @Override
  void close();
}
