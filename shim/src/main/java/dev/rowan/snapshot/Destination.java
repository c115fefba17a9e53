package dev.rowan.snapshot;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import org.jspecify.annotations.Nullable;

/**
 * A store that is filled from elsewhere in one transaction, and then read again to compare it with
 * what it was given. Not thread safe.
 */
public final class Destination implements AutoCloseable {
  private final String name;
  private final @Nullable RevisionLog log;
  private final Filling filling;
  private final Batching batching;
  private final Tally given = new Tally();

  /**
   * Fills a store.
   *
   * @param name in messages
   * @param log to read it again; null for what can be read only by who serves it
   */
  Destination(String name, Filling filling, @Nullable RevisionLog log) {
    this.name = name;
    this.log = log;
    this.filling = filling;
    batching = new Batching(filling);
  }

  /**
   * Opens it, and makes it if it is missing.
   *
   * @throws LogException.Conflict if it isn't empty
   */
  public static Destination open(Endpoint endpoint) throws LogException {
    RevisionLog log = endpoint.open(false);
    try {
      return new Destination(endpoint.toString(), log.fill(), log);
    } catch (LogException e) {
      log.close();
      throw e;
    }
  }

  /**
   * Refuses a store that isn't empty, before much is read for it; makes nothing. What can't be
   * known yet, {@link #open} tells.
   *
   * @throws LogException.Conflict if it isn't empty
   */
  public static void checkEmpty(Endpoint endpoint) throws LogException {
    try (RevisionLog log = endpoint.openExisting()) {
      log.head().checkFresh();
    } catch (LogException.Unavailable e) {
      // It isn't there yet.
    }
  }

  /** Adds a row, of a later id than those before. */
  public void add(LogRow row) throws LogException {
    given.row(row);
    batching.add(row);
  }

  /** Adds what is kept beside the keys, each (bucket, id) once. */
  public void add(MetaRow row) throws LogException {
    given.meta(row);
    batching.add(row);
  }

  /**
   * Commits, and compares.
   *
   * @param compactRevision -1 if the history was never compacted
   * @throws LogException if nothing was written, or it can't be known
   * @throws SnapshotException if everything was written, and is not what it should be, or could not
   *     be read again; the message says so
   */
  public Restored finish(long revision, long compactRevision)
      throws LogException, SnapshotException {
    batching.flush();
    Head head = filling.finish(revision, compactRevision, Math.max(0, compactRevision));
    if (log != null) {
      compare(log);
    }
    return new Restored(name, head, given.rows(), given.meta());
  }

  private void compare(RevisionLog written) throws SnapshotException {
    Tally found = new Tally();
    try {
      written.scan(Long.MAX_VALUE, found);
    } catch (LogException e) {
      throw new SnapshotException(
          "everything was written into "
              + name
              + ", but could not be read again to compare it: "
              + e.getMessage()
              + ". Delete what is there, and start again",
          e);
    }
    if (!found.same(given)) {
      throw new SnapshotException(
          name
              + " does not hold what was written into it: "
              + found
              + ", and should have "
              + given
              + ". Another process changed it meanwhile, or it is damaged: delete what is there, and"
              + " start again");
    }
  }

  /** Takes everything back unless it is finished. */
  @Override
  public void close() {
    filling.close();
    if (log != null) {
      log.close();
    }
  }
}
