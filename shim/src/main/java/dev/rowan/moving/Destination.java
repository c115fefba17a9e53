package dev.rowan.moving;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.snapshot.Batching;
import dev.rowan.snapshot.Restored;

/**
 * A store that is filled from elsewhere in one transaction, and then read again to compare it with
 * what it was given. Not thread safe.
 */
final class Destination implements AutoCloseable {
  private final Endpoint endpoint;
  private final RevisionLog log;
  private final Filling filling;
  private final Batching batching;
  private final Tally given = new Tally();

  private Destination(Endpoint endpoint, RevisionLog log, Filling filling) {
    this.endpoint = endpoint;
    this.log = log;
    this.filling = filling;
    batching = new Batching(filling);
  }

  /**
   * Opens it, and makes it if it is missing.
   *
   * @throws LogException.Conflict if it isn't empty
   */
  static Destination open(Endpoint endpoint) throws LogException {
    RevisionLog log = endpoint.open(false);
    try {
      return new Destination(endpoint, log, log.fill());
    } catch (LogException e) {
      log.close();
      throw e;
    }
  }

  /** Adds a row, of a later id than those before. */
  void add(LogRow row) throws LogException {
    given.row(row);
    batching.add(row);
  }

  void add(MetaRow row) throws LogException {
    given.meta(row);
    batching.add(row);
  }

  /**
   * Commits, and compares.
   *
   * @param compactRevision -1 if the history was never compacted
   */
  Restored finish(long revision, long compactRevision) throws LogException, MovingException {
    batching.flush();
    Head head = filling.finish(revision, compactRevision, Math.max(0, compactRevision));
    Tally found = new Tally();
    log.scan(Long.MAX_VALUE, found);
    if (!found.same(given)) {
      throw new MovingException(
          endpoint
              + " does not hold what was written into it: "
              + found
              + ", and should have "
              + given
              + ". Another process changed it meanwhile, or it is damaged: do not use it");
    }
    return new Restored(endpoint.toString(), head, found.rows(), found.meta());
  }

  /** Takes everything back unless it is finished. */
  @Override
  public void close() {
    filling.close();
    log.close();
  }
}
