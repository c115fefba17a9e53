package dev.rowan.dialects;

/**
 * Follows rows in id order and notices a revision that is missing. Not thread safe.
 *
 * <p>Example: after {@code new Continuity(7)} ids of the revisions 3, 5, 8, 8, 9 are in order
 * (pruning may have left gaps up to 7), and 3, 9 are not.
 */
public final class Continuity {
  private final long completeAfter;
  private long lastId = -1;
  private long lastRevision;

  /**
   * @param completeAfter every revision after this one must have a row
   */
  public Continuity(long completeAfter) {
    this.completeAfter = completeAfter;
    this.lastRevision = completeAfter;
  }

  /** Takes the next row's id. */
  public void next(long id) throws LogException.Corrupt {
    if (id <= lastId) {
      throw new LogException.Corrupt("the log is damaged: row " + id + " follows " + lastId, null);
    }
    lastId = id;
    long revision = RowId.revision(id);
    if (revision > completeAfter) {
      if (revision > lastRevision + 1) {
        throw missing(lastRevision + 1);
      }
      lastRevision = revision;
    }
  }

  /** Ends at a head: its revision must be that of the last row. */
  public void end(long headRevision) throws LogException.Corrupt {
    if (lastRevision < headRevision) {
      throw missing(lastRevision + 1);
    }
    if (lastId >= 0 && RowId.revision(lastId) > headRevision) {
      throw new LogException.Corrupt(
          "the log is damaged: it has a row of revision "
              + RowId.revision(lastId)
              + ", but its head is at revision "
              + headRevision,
          null);
    }
  }

  /** The newest revision that is known to be whole. */
  public long revision() {
    return lastRevision;
  }

  private static LogException.Corrupt missing(long revision) {
    return new LogException.Corrupt(
        "the log is damaged: revision " + revision + " is missing. Restore a backup", null);
  }
}
