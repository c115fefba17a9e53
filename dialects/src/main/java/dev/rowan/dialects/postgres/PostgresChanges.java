package dev.rowan.dialects.postgres;

import dev.rowan.dialects.ChangesPage;
import dev.rowan.dialects.Columns;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog.Changes;
import dev.rowan.dialects.RowId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what followed a known head, if the log still has that head. An instance that was overtaken
 * has to before its next try, so the usual few rows come with the head and the meta rows by one
 * statement, which is one snapshot and one round trip. Only where there are more rows a transaction
 * reads them in pages.
 */
final class PostgresChanges {
  private static final int PART_HEAD = 0;
  private static final int PART_ROW = 1;

  private static final String TOKEN_AT = "(SELECT token FROM head WHERE position = ?)";

  /** The parts have their own columns from the second on; the last four are bytes and text. */
  private static final String FOLLOWING =
      """
      WITH since AS (%s), empty AS (SELECT NULL::bytea AS bytes, NULL::text AS text)
      SELECT 0 AS part, since.position, since.revision, since.compact_revision, since.token,
        since.cluster_id, since.pruned_revision, since.forgotten_position,
        since.pg_is_in_recovery, empty.bytes, empty.bytes, empty.text, %s
      FROM since, empty
      UNION ALL
      (SELECT 1, id, create_revision, version, lease, 0, 0, 0, false, key, value, NULL, NULL
      FROM log WHERE id > ? ORDER BY id LIMIT %d)
      UNION ALL
      SELECT 2, 0, 0, 0, 0, 0, 0, 0, false, id, blob, bucket, NULL
      FROM meta WHERE position > ?
      ORDER BY 1, 2
      """
          .formatted(PostgresReads.HEAD, TOKEN_AT, PostgresReads.VALUE_ROWS);

  private static final Search AT_ONCE = new Search();

  private PostgresChanges() {}

  /** What one statement found of what followed a head: everything, if it is few rows. */
  record Found(
      PostgresReads.@Nullable Snapshot snapshot,
      @Nullable Long tokenThere,
      List<LogRow> rows,
      List<MetaRow> meta) {

    /** All of it; null if there may be more than was found. */
    @Nullable Changes all(Head known, int rowsMax) throws LogException {
      if (snapshot == null) {
        throw PostgresReads.noHead();
      }
      ChangesPage page = page(known, snapshot, tokenThere, rowsMax);
      boolean more = rows.size() == PostgresReads.VALUE_ROWS;
      for (LogRow row : rows) {
        more = more || !page.add(row);
      }
      return more ? null : page.end(meta);
    }
  }

  static Changes since(Connection connection, Head known, int rowsMax)
      throws SQLException, LogException {
    Changes all = AT_ONCE.find(connection, known).all(known, rowsMax);
    return all == null ? inPages(connection, known, rowsMax) : all;
  }

  /** Finds what one statement can, in the round trip of others that it comes after. */
  static final class Search {
    private final String sql;
    private final int resultsBefore;

    /**
     * A search.
     *
     * @param before statements without parameters that are carried out before it
     */
    Search(String... before) {
      sql = String.join("; ", before) + (before.length > 0 ? "; " : "") + FOLLOWING;
      resultsBefore = before.length;
    }

    Found find(Connection connection, Head known) throws SQLException, LogException {
      try (PreparedStatement select = connection.prepareStatement(sql)) {
        select.setLong(1, known.position());
        select.setLong(2, RowId.last(known.revision()));
        select.setLong(3, known.position());
        select.execute();
        for (int i = 0; i < resultsBefore; i++) {
          select.getMoreResults();
        }
        try (ResultSet result = select.getResultSet()) {
          return found(result);
        }
      }
    }
  }

  private static Found found(ResultSet result) throws SQLException, LogException {
    PostgresReads.@Nullable Snapshot snapshot = null;
    Long tokenThere = null;
    List<LogRow> rows = new ArrayList<>();
    List<MetaRow> meta = new ArrayList<>();
    while (result.next()) {
      switch (result.getInt(1)) {
        case PART_HEAD -> {
          snapshot = PostgresReads.snapshot(result, 2);
          tokenThere = result.getObject(13, Long.class);
        }
        case PART_ROW -> rows.add(row(result));
        default -> meta.add(metaRow(result));
      }
    }
    return new Found(snapshot, tokenThere, rows, meta);
  }

  private static LogRow row(ResultSet result) throws SQLException {
    return Columns.row(
        result.getLong(2),
        result.getBytes(10),
        result.getLong(3),
        result.getLong(4),
        result.getLong(5),
        result.getBytes(11));
  }

  private static MetaRow metaRow(ResultSet result) throws SQLException {
    return Columns.meta(result.getString(12), result.getBytes(10), result.getBytes(11));
  }

  private static ChangesPage page(
      Head known, PostgresReads.Snapshot snapshot, @Nullable Long tokenThere, int rowsMax)
      throws LogException {
    ChangesPage.checkHistory(known, snapshot.head(), tokenThere);
    return new ChangesPage(
        known, snapshot.head(), rowsMax, snapshot.prunedRevision(), snapshot.forgottenPosition());
  }

  private static @Nullable Long tokenAt(Connection connection, long position) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT " + TOKEN_AT)) {
      select.setLong(1, position);
      try (ResultSet result = select.executeQuery()) {
        result.next();
        return result.getObject(1, Long.class);
      }
    }
  }

  private static Changes inPages(Connection connection, Head known, int rowsMax)
      throws SQLException, LogException {
    PostgresReads.beginSnapshot(connection);
    PostgresReads.Snapshot snapshot = PostgresReads.head(connection);
    ChangesPage page = page(known, snapshot, tokenAt(connection, known.position()), rowsMax);
    readRows(connection, known, page);
    List<MetaRow> meta = page.full() ? List.of() : metaAfter(connection, known.position());
    PostgresReads.endSnapshot(connection);
    return page.end(meta);
  }

  private static void readRows(Connection connection, Head known, ChangesPage page)
      throws SQLException, LogException.Corrupt {
    long last = RowId.last(known.revision());
    int found = PostgresReads.VALUE_ROWS;
    try (PreparedStatement select =
        connection.prepareStatement(
            PostgresReads.ROW + " WHERE id > ? ORDER BY id LIMIT " + PostgresReads.VALUE_ROWS)) {
      while (found == PostgresReads.VALUE_ROWS && !page.full()) {
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

  private static List<MetaRow> metaAfter(Connection connection, long position) throws SQLException {
    List<MetaRow> changed = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT bucket, id, blob FROM meta WHERE position > ?")) {
      select.setLong(1, position);
      try (ResultSet result = select.executeQuery()) {
        while (result.next()) {
          changed.add(Columns.meta(result));
        }
      }
    }
    return changed;
  }
}
