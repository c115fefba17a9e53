package dev.rowan.dialects.postgres;

import dev.rowan.dialects.Columns;
import dev.rowan.dialects.Continuity;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.Places;
import dev.rowan.dialects.RevisionLog.LoadVisitor;
import dev.rowan.dialects.RevisionLog.ScanVisitor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The queries that read. Each is given a connection in autocommit and leaves it so; what needs one
 * snapshot for several queries opens a transaction.
 *
 * <p>Long results are read in pages by id rather than through a cursor: within the snapshot it
 * comes to the same, and a pooler in transaction mode need not know the driver's named statements.
 */
final class PostgresReads {
  /** Rows of one query of a load, without values. */
  private static final int LOAD_ROWS = 10_000;

  /** Rows of one query with values: 96 MB of the greatest that etcd's default limit allows. */
  static final int VALUE_ROWS = 64;

  static final String HEAD =
      "SELECT h.position, h.revision, h.compact_revision, h.token, s.cluster_id,"
          + " s.pruned_revision, s.forgotten_position, pg_is_in_recovery()"
          + " FROM store s, (SELECT * FROM head ORDER BY position DESC LIMIT 1) h";

  static final String ROW = "SELECT id, key, create_revision, version, lease, value FROM log";

  private PostgresReads() {}

  /** The head, and what was pruned behind it. */
  record Snapshot(Head head, long prunedRevision, long forgottenPosition) {}

  static Snapshot head(Connection connection) throws SQLException, LogException {
    try (PreparedStatement select = connection.prepareStatement(HEAD);
        ResultSet result = select.executeQuery()) {
      if (!result.next()) {
        throw noHead();
      }
      return snapshot(result, 1);
    }
  }

  /** Takes the columns of {@link #HEAD}, which begin at {@code first}. */
  static Snapshot snapshot(ResultSet result, int first)
      throws SQLException, LogException.Unavailable {
    if (result.getBoolean(first + 7)) {
      throw new LogException.Unavailable(
          "the server is a standby; Rowan needs the primary",
          new SQLException("the server is in recovery"));
    }
    Head head =
        new Head(
            result.getLong(first),
            result.getLong(first + 1),
            result.getLong(first + 2),
            result.getLong(first + 3),
            result.getLong(first + 4));
    return new Snapshot(head, result.getLong(first + 5), result.getLong(first + 6));
  }

  static LogException.Corrupt noHead() {
    return new LogException.Corrupt("the store has no head: its tables were emptied", null);
  }

  static Head load(Connection connection, LoadVisitor visitor) throws SQLException, LogException {
    beginSnapshot(connection);
    Snapshot snapshot = head(connection);
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT bucket, id, blob FROM meta WHERE blob IS NOT NULL");
        ResultSet result = select.executeQuery()) {
      while (result.next()) {
        visitor.meta(Columns.meta(result));
      }
    }
    Continuity continuity = new Continuity(Math.max(1, snapshot.prunedRevision()));
    long last = -1;
    int found = LOAD_ROWS;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, key, create_revision, version, lease FROM log"
                + " WHERE id > ? ORDER BY id LIMIT "
                + LOAD_ROWS)) {
      while (found == LOAD_ROWS) {
        found = 0;
        select.setLong(1, last);
        try (ResultSet result = select.executeQuery()) {
          while (result.next()) {
            found++;
            last = result.getLong(1);
            continuity.next(last);
            visitor.row(
                last, result.getBytes(2), result.getLong(3), result.getLong(4), result.getLong(5));
          }
        }
      }
    }
    continuity.end(snapshot.head().revision());
    endSnapshot(connection);
    return snapshot.head();
  }

  static void scan(Connection connection, long throughId, ScanVisitor visitor)
      throws SQLException, LogException {
    beginSnapshot(connection);
    if (visitor.head(head(connection).head())) {
      try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT bucket, id, blob FROM meta WHERE blob IS NOT NULL"
                      + " ORDER BY bucket COLLATE \"C\", id");
          ResultSet result = select.executeQuery()) {
        while (result.next()) {
          visitor.meta(Columns.meta(result));
        }
      }
      PostgresScan.rows(connection, throughId, visitor);
    }
    endSnapshot(connection);
  }

  static @Nullable LogRow[] rows(Connection connection, long[] ids) throws SQLException {
    @Nullable LogRow[] found = new @Nullable LogRow[ids.length];
    Places places = new Places(ids);
    try (PreparedStatement select = connection.prepareStatement(ROW + " WHERE id = ANY (?)")) {
      select.setObject(1, ids);
      try (ResultSet result = select.executeQuery()) {
        while (result.next()) {
          places.put(Columns.row(result), found);
        }
      }
    }
    return found;
  }

  static void beginSnapshot(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    }
  }

  /** Ends it; after an error the pool does, when it gets the connection back. */
  static void endSnapshot(Connection connection) throws SQLException {
    connection.rollback();
    connection.setAutoCommit(true);
  }
}
