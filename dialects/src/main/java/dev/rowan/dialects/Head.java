package dev.rowan.dialects;

/**
 * The one row that orders everything: it is moved by the transaction that appends.
 *
 * @param position number of batches appended so far, compaction and meta changes included
 * @param revision newest revision; 1 in a fresh store
 * @param compactRevision oldest revision that can be read; -1 in a store that was never compacted
 * @param token token of the newest batch; 0 in a fresh store
 * @param clusterId drawn once when the store is made; never 0
 */
public record Head(long position, long revision, long compactRevision, long token, long clusterId) {
  /** Refuses a head that something was appended to: only a fresh log may be filled. */
  public void checkFresh() throws LogException.Conflict {
    if (position != 1) {
      throw new LogException.Conflict(
          "it holds a store already, at revision " + revision + ", that was served before");
    }
  }
}
