package dev.rowan.dialects.sqlite;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The revision log of one of several members that keep theirs the same by other means: what is
 * appended is durable elsewhere, so a commit here doesn't wait for the disk until {@link #sync}.
 * With each append goes a note of how far the member is, which is of this file alone.
 *
 * <p>A power cut takes the commits since the last sync, whole and from the newest on.
 *
 * <p>Any thread: writes wait for each other. An error of a write leaves the file in doubt; it is to
 * be closed.
 */
public final class MemberFile implements AutoCloseable {
  private final Path path;
  private final long clusterId;
  private volatile SqliteLog log;

  private MemberFile(Path path, long clusterId, SqliteLog log) {
    this.path = path;
    this.clusterId = clusterId;
    this.log = log;
  }

  /**
   * Opens the file, and creates it with its folder if it is missing.
   *
   * @param clusterId of the members, not 0
   * @throws LogException.Corrupt if it is damaged
   * @throws LogException.Conflict if it is another cluster's, or nobody's
   */
  public static MemberFile open(Path path, long clusterId) throws LogException {
    return new MemberFile(path, clusterId, openLog(path, clusterId));
  }

  private static SqliteLog openLog(Path path, long clusterId) throws LogException {
    SqliteLog log = SqliteLog.open(path, DatabaseFile.Sync.CHECKPOINTS, clusterId);
    long found = log.head().clusterId();
    if (found != clusterId) {
      log.close();
      throw new LogException.Conflict(
          "%s is of cluster %016x, and this member is of %016x; it was left as it is"
              .formatted(path, found, clusterId));
    }
    return log;
  }

  /**
   * The log, for reading it. Another one after {@link #replace}: then the one before ends what is
   * under way.
   */
  public RevisionLog log() {
    return log;
  }

  /** Like {@link #log}; waits for a {@link #replace} that is under way. */
  public synchronized RevisionLog settledLog() {
    return log;
  }

  /** The note of the newest append, or of {@link #note}; empty in a fresh file. */
  public ByteString note() throws LogException {
    return log.note();
  }

  /** The note in a copy that {@link #copyTo} wrote. */
  public static ByteString noteOf(Path copy) throws LogException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
        Statement statement = connection.createStatement()) {
      return SqliteReader.note(statement);
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "reading " + copy);
    }
  }

  /**
   * Begins to fill a fresh file with a history of elsewhere, before the member runs for the first
   * time. It is durable after {@link #sync}.
   *
   * @param token of the head that it leads to: the same on all members
   * @param note stored with it
   * @throws LogException.Conflict if it isn't fresh
   */
  public synchronized Filling fill(long token, ByteString note) throws LogException {
    return log.fill(token, note);
  }

  /** Stores a note. */
  public synchronized void note(ByteString note) throws LogException {
    log.note(note);
  }

  /**
   * Appends a batch if the head is where it expects it, and stores the note with it.
   *
   * @return false, with nothing stored, if the head is elsewhere
   */
  public synchronized boolean append(Batch batch, ByteString note) throws LogException {
    return log.append(batch, note);
  }

  /** Brings everything to the disk. */
  public synchronized void sync() throws LogException {
    log.sync();
  }

  public synchronized void prune(long[] ids) throws LogException {
    log.prune(ids);
  }

  public synchronized void idle() throws LogException {
    log.idle();
  }

  /** Writes the file anew; appends wait. */
  public synchronized void defragment() throws LogException {
    log.defragment();
  }

  /** Writes a copy of what is committed now, note and all, while appends go on. */
  public void copyTo(Path copy) throws LogException {
    log.copyTo(copy);
  }

  /**
   * Takes a copy that another member wrote in the place of the file; durable on return.
   *
   * @throws LogException.Corrupt if it is no whole copy: the file is as it was
   * @throws LogException.Conflict if it is another cluster's: likewise
   */
  public synchronized void replace(Path copy) throws LogException {
    check(copy);
    SqliteLog before = log;
    before.interrupt();
    before.close();
    try {
      Files.deleteIfExists(path.resolveSibling(path.getFileName() + "-wal"));
      Files.deleteIfExists(path.resolveSibling(path.getFileName() + "-shm"));
      Files.move(copy, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LogException.Unavailable("replacing " + path + ": " + e, e);
    }
    log = openLog(path, clusterId);
    sync();
  }

  /** Opens and closes the copy as a log, in the mode in which logs are. */
  private void check(Path copy) throws LogException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "opening " + copy);
    }
    try (SqliteLog checked = openLog(copy, clusterId)) {
      checked.sync();
    }
  }

  @Override
  public synchronized void close() {
    log.close();
  }
}
