package dev.rowan.dialects.mysql;

import dev.rowan.dialects.ChangesPage;
import dev.rowan.dialects.Columns;
import dev.rowan.dialects.Continuity;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.Places;
import dev.rowan.dialects.RevisionLog.Changes;
import dev.rowan.dialects.RevisionLog.LoadVisitor;
import dev.rowan.dialects.RevisionLog.ScanVisitor;
import dev.rowan.dialects.RowId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The queries that read. Each is given a connection in autocommit and leaves it so; what needs one
 * snapshot for several queries opens a transaction.
 *
 * <p>Long results are read in pages by id: within the snapshot it comes to the same as a cursor,
 * which the driver would read into memory entirely.
 */
final class MysqlReads {
  /** Rows of one query of a load, without values. */
  private static final int LOAD_ROWS = 10_000;

  /** Rows of one query with values: 96 MB of the greatest that etcd's default limit allows. */
  private static final int VALUE_ROWS = 64;

  /** Ids of one query. */
  private static final int IDS_MAX = 1_000;

  private static final String HEAD =
      "SELECT h.position, h.revision, h.compact_revision, h.token, s.cluster_id,"
          + " s.pruned_revision, s.forgotten_position, @@global.read_only, @@innodb_read_only";

  private static final String FROM =
      " FROM store s, (SELECT * FROM head ORDER BY position DESC LIMIT 1) h";

  static final String ROW = "SELECT id, `key`, create_revision, version, lease, value FROM log";

  private MysqlReads() {}

  /**
   * The head, and what was pruned behind it.
   *
   * @param tokenThere token of the position that was asked for, null if the log does not have it
   */
  record Snapshot(
      Head head, long prunedRevision, long forgottenPosition, @Nullable Long tokenThere) {}

  static Snapshot head(Connection connection) throws SQLException, LogException {
    return snapshot(connection, "NULL");
  }

  private static Snapshot snapshot(Connection connection, String position)
      throws SQLException, LogException {
    String token = ", (SELECT token FROM head WHERE position = " + position + ")";
    try (Statement select = connection.createStatement();
        ResultSet result = select.executeQuery(HEAD + token + FROM)) {
      if (!result.next()) {
        throw new LogException.Corrupt("the store has no head: its tables were emptied", null);
      }
      if (isOn(result.getString(8)) || isOn(result.getString(9))) {
        throw new LogException.Unavailable(
            "the server takes no writes; it is a replica, or has read_only set",
            new SQLException("the server is read-only"));
      }
      Head head =
          new Head(
              result.getLong(1),
              result.getLong(2),
              result.getLong(3),
              result.getLong(4),
              result.getLong(5));
      return new Snapshot(
          head, result.getLong(6), result.getLong(7), result.getObject(10, Long.class));
    }
  }

  /** Some servers say 1, others ON, or in which way it is on. */
  private static boolean isOn(@Nullable String variable) {
    return variable != null && !variable.equals("0") && !variable.equals("OFF");
  }

  static Head load(Connection connection, LoadVisitor visitor) throws SQLException, LogException {
    beginSnapshot(connection);
    Snapshot snapshot = head(connection);
    try (Statement select = connection.createStatement();
        ResultSet result =
            select.executeQuery("SELECT bucket, id, `blob` FROM meta WHERE `blob` IS NOT NULL")) {
      while (result.next()) {
        visitor.meta(Columns.meta(result));
      }
    }
    Continuity continuity = new Continuity(Math.max(1, snapshot.prunedRevision()));
    long last = -1;
    int found = LOAD_ROWS;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, `key`, create_revision, version, lease FROM log"
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
    endTransaction(connection);
    return snapshot.head();
  }

  static Changes changesSince(Connection connection, Head known, int rowsMax)
      throws SQLException, LogException {
    Head now = head(connection).head();
    ChangesPage.checkOrder(known, now);
    if (now.position() == known.position()) {
      return new Changes(now, List.of(), List.of(), false);
    }
    beginSnapshot(connection);
    Snapshot snapshot = snapshot(connection, Long.toString(known.position()));
    ChangesPage.checkHistory(known, snapshot.head(), snapshot.tokenThere());
    ChangesPage page =
        new ChangesPage(
            known,
            snapshot.head(),
            rowsMax,
            snapshot.prunedRevision(),
            snapshot.forgottenPosition());
    readRows(connection, known, page);
    List<MetaRow> meta = page.full() ? List.of() : metaAfter(connection, known.position());
    endTransaction(connection);
    return page.end(meta);
  }

  private static void readRows(Connection connection, Head known, ChangesPage page)
      throws SQLException, LogException.Corrupt {
    long last = RowId.last(known.revision());
    int found = VALUE_ROWS;
    try (PreparedStatement select =
        connection.prepareStatement(ROW + " WHERE id > ? ORDER BY id LIMIT " + VALUE_ROWS)) {
      while (found == VALUE_ROWS && !page.full()) {
        found = 0;
        select.setLong(1, last);
        try (ResultSet result = select.executeQuery()) {
          while (result.next() && page.add(Columns.row(result))) {
            found++;
            last = result.getLong(1);
          }
        }
      }
    }
  }

  static void scan(Connection connection, long throughId, ScanVisitor visitor)
      throws SQLException, LogException {
    beginSnapshot(connection);
    if (visitor.head(head(connection).head())) {
      try (Statement select = connection.createStatement();
          ResultSet result =
              select.executeQuery(
                  "SELECT bucket, id, `blob` FROM meta WHERE `blob` IS NOT NULL"
                      + " ORDER BY bucket, id")) {
        while (result.next()) {
          visitor.meta(Columns.meta(result));
        }
      }
      MysqlScan.rows(connection, throughId, visitor);
    }
    endTransaction(connection);
  }

  private static List<MetaRow> metaAfter(Connection connection, long position) throws SQLException {
    List<MetaRow> changed = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT bucket, id, `blob` FROM meta WHERE position > ?")) {
      select.setLong(1, position);
      try (ResultSet result = select.executeQuery()) {
        while (result.next()) {
          changed.add(Columns.meta(result));
        }
      }
    }
    return changed;
  }

  static @Nullable LogRow[] rows(Connection connection, long[] ids) throws SQLException {
    @Nullable LogRow[] found = new @Nullable LogRow[ids.length];
    Places places = new Places(ids);
    try (Statement select = connection.createStatement()) {
      for (int from = 0; from < ids.length; from += IDS_MAX) {
        String some =
            Arrays.stream(ids, from, Math.min(ids.length, from + IDS_MAX))
                .mapToObj(Long::toString)
                .collect(Collectors.joining(","));
        try (ResultSet result = select.executeQuery(ROW + " WHERE id IN (" + some + ")")) {
          while (result.next()) {
            places.put(Columns.row(result), found);
          }
        }
      }
    }
    return found;
  }

  /** Every query until {@link #endTransaction} sees the same state. */
  private static void beginSnapshot(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"
              + "START TRANSACTION WITH CONSISTENT SNAPSHOT");
    }
  }

  static void endTransaction(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    }
  }
}
