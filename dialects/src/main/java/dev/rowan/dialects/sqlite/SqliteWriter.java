package dev.rowan.dialects.sqlite;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection that writes, with its statements prepared for life. Not thread safe. After an
 * error it must be closed and a new one opened.
 */
final class SqliteWriter implements AutoCloseable {
  /** Rows of one INSERT. */
  private static final int WIDTH = 16;

  private static final int ROW_COLUMNS = 6;

  /**
   * Free pages that are kept for the next writes, 1 MB: giving them back and asking for them again
   * would cost a move of a page each.
   */
  private static final long FREE_PAGES_KEPT = 256;

  /** Free pages given back to the file system in one call of {@link #tidy}. */
  private static final long VACUUM_PAGES_MAX = 256;

  private static final Logger LOG = LoggerFactory.getLogger(SqliteWriter.class);

  private final Connection connection;
  private final PreparedStatement moveHead;
  private final PreparedStatement insertOne;
  private final PreparedStatement insertMany;
  private final PreparedStatement upsertMeta;
  private final PreparedStatement deleteOne;
  private final PreparedStatement deleteMany;
  private final PreparedStatement notePruned;
  private final PreparedStatement forgetMeta;

  SqliteWriter(Connection connection) throws SQLException {
    this.connection = connection;
    moveHead =
        connection.prepareStatement(
            "UPDATE head SET position = position + 1, revision = ?, compact_revision = ?, token = ?"
                + " WHERE position = ?");
    insertOne = connection.prepareStatement(insert(1));
    insertMany = connection.prepareStatement(insert(WIDTH));
    upsertMeta =
        connection.prepareStatement(
            "INSERT INTO meta (bucket, id, blob, position) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (bucket, id) DO UPDATE"
                + " SET blob = excluded.blob, position = excluded.position");
    deleteOne = connection.prepareStatement(SqliteReader.in("DELETE FROM log", 1));
    deleteMany = connection.prepareStatement(SqliteReader.in("DELETE FROM log", WIDTH));
    notePruned =
        connection.prepareStatement(
            "UPDATE head SET pruned_revision = max(pruned_revision, ?),"
                + " forgotten_position = max(forgotten_position, position - ?)");
    forgetMeta =
        connection.prepareStatement(
            "DELETE FROM meta WHERE (bucket, id) IN (SELECT bucket, id FROM meta"
                + " WHERE position <= (SELECT forgotten_position FROM head) AND blob IS NULL"
                + " LIMIT ?)");
  }

  private static String insert(int rows) {
    String row = "(?, ?, ?, ?, ?, ?)";
    return "INSERT INTO log (id, key, create_revision, version, lease, value) VALUES "
        + row
        + (", " + row).repeat(rows - 1);
  }

  /** Appends in one transaction. Returns false, with nothing changed, if the head has moved. */
  boolean append(Batch batch) throws SQLException {
    long expected = batch.expectedPosition();
    if (!moveHead(batch.revision(), batch.compactRevision(), batch.token(), expected)) {
      connection.rollback();
      return false;
    }
    insertRows(batch.rows());
    upsertMeta(batch.meta(), expected + 1);
    connection.commit();
    return true;
  }

  /** Likewise, with a note. */
  boolean append(Batch batch, ByteString note) throws SQLException {
    upsertNote(note);
    return append(batch);
  }

  /** Stores a note in a transaction of its own. */
  void note(ByteString note) throws SQLException {
    upsertNote(note);
    connection.commit();
  }

  /** Changes the note, without a commit. */
  void upsertNote(ByteString note) throws SQLException {
    MetaRow row = new MetaRow(SqliteReader.NOTE_BUCKET, ByteString.EMPTY, note);
    upsertMeta(List.of(row), SqliteReader.NOTE_POSITION);
  }

  /** Carries as much of the WAL over into the file as no reader hinders. */
  void checkpoint() throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
    } finally {
      connection.setAutoCommit(false);
    }
  }

  /** Moves the head if it is at the expected position, without a commit. */
  boolean moveHead(long revision, long compactRevision, long token, long expectedPosition)
      throws SQLException {
    moveHead.setLong(1, revision);
    moveHead.setLong(2, compactRevision);
    moveHead.setLong(3, token);
    moveHead.setLong(4, expectedPosition);
    return moveHead.executeUpdate() == 1;
  }

  /** Changes meta state, without a commit. */
  void upsertMeta(List<MetaRow> rows, long position) throws SQLException {
    for (MetaRow row : rows) {
      ByteString blob = row.blob();
      upsertMeta.setString(1, row.bucket());
      upsertMeta.setBytes(2, row.id().toByteArray());
      upsertMeta.setBytes(3, blob == null ? null : blob.toByteArray());
      upsertMeta.setLong(4, position);
      upsertMeta.executeUpdate();
    }
  }

  void commit() throws SQLException {
    connection.commit();
  }

  /** Inserts rows, without a commit. */
  void insertRows(List<LogRow> rows) throws SQLException {
    int next = 0;
    for (; next + WIDTH <= rows.size(); next += WIDTH) {
      for (int i = 0; i < WIDTH; i++) {
        bind(insertMany, i * ROW_COLUMNS, rows.get(next + i));
      }
      insertMany.executeUpdate();
    }
    for (; next < rows.size(); next++) {
      bind(insertOne, 0, rows.get(next));
      insertOne.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, int before, LogRow row)
      throws SQLException {
    statement.setLong(before + 1, row.id());
    statement.setBytes(before + 2, row.key().toByteArray());
    statement.setLong(before + 3, row.createRevision());
    statement.setLong(before + 4, row.version());
    statement.setLong(before + 5, row.leaseId());
    statement.setBytes(before + 6, row.deleted() ? null : row.value().toByteArray());
  }

  /** Deletes rows and forgets old removals, in one transaction. */
  void prune(long[] ids) throws SQLException {
    notePruned(RowId.revision(Arrays.stream(ids).max().orElse(0)));
    int next = 0;
    for (; next + WIDTH <= ids.length; next += WIDTH) {
      for (int i = 0; i < WIDTH; i++) {
        deleteMany.setLong(i + 1, ids[next + i]);
      }
      deleteMany.executeUpdate();
    }
    for (; next < ids.length; next++) {
      deleteOne.setLong(1, ids[next]);
      deleteOne.executeUpdate();
    }
    forgetMeta.setLong(1, RevisionLog.PRUNE_ROWS_MAX);
    forgetMeta.executeUpdate();
    connection.commit();
  }

  /** Notes the newest revision that a row is missing of, without a commit. */
  void notePruned(long revision) throws SQLException {
    notePruned.setLong(1, revision);
    notePruned.setLong(2, RevisionLog.BATCHES_REMEMBERED);
    notePruned.executeUpdate();
  }

  /** Reads the head in a transaction of its own. */
  Head head() throws SQLException, LogException {
    try (Statement statement = connection.createStatement()) {
      Head head = SqliteReader.head(statement);
      connection.rollback();
      return head;
    }
  }

  /**
   * Gives free pages back, and carries the WAL over into the file. Returns whether something of
   * that is left to do.
   */
  boolean tidy() throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      long surplus = pragma(statement, "freelist_count") - FREE_PAGES_KEPT;
      if (surplus > 0) {
        statement.executeUpdate(
            "PRAGMA incremental_vacuum(" + Math.min(surplus, VACUUM_PAGES_MAX) + ")");
      }
      // Never waits for a reader: the next call will do.
      long timeout = pragma(statement, "busy_timeout");
      statement.execute("PRAGMA busy_timeout = 0");
      boolean hindered = pragma(statement, "wal_checkpoint(TRUNCATE)") != 0;
      statement.execute("PRAGMA busy_timeout = " + timeout);
      return hindered || surplus > VACUUM_PAGES_MAX;
    } finally {
      connection.setAutoCommit(false);
    }
  }

  /**
   * Writes the whole file anew, without free pages and with full ones, and carries the WAL over.
   * Readers go on with what they have begun. Returns whether the WAL still holds something.
   */
  boolean vacuum(Interruption interruption) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      return interruption.during(
          connection,
          () -> {
            statement.executeUpdate("VACUUM");
            return pragma(statement, "wal_checkpoint(TRUNCATE)") != 0;
          });
    } finally {
      connection.setAutoCommit(false);
    }
  }

  private static long pragma(Statement statement, String name) throws SQLException {
    try (ResultSet result = statement.executeQuery("PRAGMA " + name)) {
      result.next();
      return result.getLong(1);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // Closing rolls back what is open, and the connection is not used again either way.
      LOG.debug("closing a connection failed", e);
    }
  }
}
