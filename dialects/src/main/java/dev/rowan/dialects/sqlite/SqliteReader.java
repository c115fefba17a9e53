package dev.rowan.dialects.sqlite;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
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
import dev.rowan.dialects.RevisionLog.LogSize;
import dev.rowan.dialects.RevisionLog.ScanVisitor;
import dev.rowan.dialects.RowId;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that only reads, with its statements prepared for life. Not thread safe. After an
 * error it must be closed and a new one opened.
 */
final class SqliteReader implements AutoCloseable {
  /** Ids of one query, ascending: few widths, so that nothing is prepared anew. */
  private static final int[] WIDTHS = {1, 16, 128};

  /** Where the file keeps what is of itself and not of the log: before all positions. */
  static final String NOTE_BUCKET = "note";

  static final long NOTE_POSITION = 0;

  private static final String ROW = "SELECT id, key, create_revision, version, lease, value";

  private static final Logger LOG = LoggerFactory.getLogger(SqliteReader.class);

  private final Connection connection;
  private final Interruption interruption;
  private final Statement statement;
  private final PreparedStatement[] rowsById = new PreparedStatement[WIDTHS.length];
  private final PreparedStatement rowsBetween;
  private final PreparedStatement metaAfter;

  SqliteReader(Connection connection, Interruption interruption) throws SQLException {
    this.connection = connection;
    this.interruption = interruption;
    statement = connection.createStatement();
    for (int i = 0; i < WIDTHS.length; i++) {
      rowsById[i] = connection.prepareStatement(in(ROW + " FROM log", WIDTHS[i]));
    }
    rowsBetween =
        connection.prepareStatement(ROW + " FROM log WHERE id > ? AND id <= ? ORDER BY id");
    metaAfter = connection.prepareStatement("SELECT bucket, id, blob FROM meta WHERE position > ?");
  }

  static String in(String sql, int width) {
    return sql + " WHERE id IN (?" + ", ?".repeat(width - 1) + ")";
  }

  /** Fills {@code found} with the rows of these ids. */
  void rows(long[] ids, @Nullable LogRow[] found) throws SQLException {
    Places places = new Places(ids);
    int next = 0;
    while (next < ids.length) {
      int width = width(ids.length - next);
      PreparedStatement select = rowsById[Arrays.binarySearch(WIDTHS, width)];
      for (int i = 0; i < width; i++) {
        // What is left of the width repeats the last id.
        select.setLong(i + 1, ids[Math.min(next + i, ids.length - 1)]);
      }
      try (ResultSet result = select.executeQuery()) {
        while (result.next()) {
          places.put(Columns.row(result), found);
        }
      }
      next += width;
    }
  }

  private static int width(int count) {
    for (int width : WIDTHS) {
      if (width >= count) {
        return width;
      }
    }
    return WIDTHS[WIDTHS.length - 1];
  }

  Head head() throws SQLException, LogException {
    return head(statement);
  }

  static Head head(Statement statement) throws SQLException, LogException {
    try (ResultSet result = statement.executeQuery("SELECT * FROM head")) {
      return head(result);
    }
  }

  private static Head head(ResultSet result) throws SQLException, LogException {
    if (!result.next()) {
      throw new LogException.Corrupt("the file is damaged: it has no head. Restore a backup", null);
    }
    return new Head(
        result.getLong("position"),
        result.getLong("revision"),
        result.getLong("compact_revision"),
        result.getLong("token"),
        result.getLong("cluster_id"));
  }

  /** Reads everything but values in one snapshot. */
  Head load(LoadVisitor visitor) throws SQLException, LogException {
    connection.setAutoCommit(false);
    try {
      Head head;
      Continuity continuity;
      try (ResultSet result = statement.executeQuery("SELECT * FROM head")) {
        head = head(result);
        continuity = new Continuity(Math.max(1, result.getLong("pruned_revision")));
      }
      try (ResultSet result =
          statement.executeQuery(
              "SELECT bucket, id, blob FROM meta WHERE blob IS NOT NULL AND position > "
                  + NOTE_POSITION)) {
        while (result.next()) {
          visitor.meta(Columns.meta(result));
        }
      }
      try (ResultSet result =
          statement.executeQuery(
              "SELECT id, key, create_revision, version, lease FROM log ORDER BY id")) {
        while (result.next()) {
          interruption.check();
          long id = result.getLong(1);
          continuity.next(id);
          visitor.row(
              id, result.getBytes(2), result.getLong(3), result.getLong(4), result.getLong(5));
        }
      }
      continuity.end(head.revision());
      return head;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /** Reads a page of what followed, in one snapshot. */
  Changes changesSince(Head known, int rowsMax) throws SQLException, LogException {
    connection.setAutoCommit(false);
    try {
      Head head;
      ChangesPage page;
      try (ResultSet result = statement.executeQuery("SELECT * FROM head")) {
        head = head(result);
        page =
            new ChangesPage(
                known,
                head,
                rowsMax,
                result.getLong("pruned_revision"),
                result.getLong("forgotten_position"));
      }
      rowsBetween.setLong(1, RowId.last(known.revision()));
      rowsBetween.setLong(2, RowId.last(head.revision()));
      try (ResultSet result = rowsBetween.executeQuery()) {
        boolean taken = true;
        while (taken && result.next()) {
          taken = page.add(Columns.row(result));
        }
      }
      return page.end(page.full() ? List.of() : metaAfter(known.position()));
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /** Gives everything up to an id to a visitor in one snapshot, row by row. */
  void scan(long throughId, ScanVisitor visitor) throws SQLException, LogException {
    connection.setAutoCommit(false);
    try {
      if (!visitor.head(head())) {
        return;
      }
      try (ResultSet result =
          statement.executeQuery(
              "SELECT bucket, id, blob FROM meta WHERE blob IS NOT NULL AND position > "
                  + NOTE_POSITION
                  + " ORDER BY bucket, id")) {
        while (result.next()) {
          interruption.check();
          visitor.meta(Columns.meta(result));
        }
      }
      rowsBetween.setLong(1, -1);
      rowsBetween.setLong(2, throughId);
      try (ResultSet result = rowsBetween.executeQuery()) {
        while (result.next()) {
          interruption.check();
          visitor.row(Columns.row(result));
        }
      }
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private List<MetaRow> metaAfter(long position) throws SQLException {
    List<MetaRow> changed = new ArrayList<>();
    metaAfter.setLong(1, position);
    try (ResultSet result = metaAfter.executeQuery()) {
      while (result.next()) {
        changed.add(Columns.meta(result));
      }
    }
    return changed;
  }

  ByteString note() throws SQLException {
    return note(statement);
  }

  static ByteString note(Statement statement) throws SQLException {
    try (ResultSet result =
        statement.executeQuery(
            "SELECT blob FROM meta WHERE bucket = '" + NOTE_BUCKET + "' AND id = x''")) {
      return result.next() ? UnsafeByteOperations.unsafeWrap(result.getBytes(1)) : ByteString.EMPTY;
    }
  }

  /** Writes what is committed now to a file that doesn't exist. */
  void copyTo(Path copy) throws SQLException {
    interruption.during(
        connection,
        () -> {
          try (PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, copy.toString());
            vacuum.execute();
            return copy;
          }
        });
  }

  LogSize size(long walBytes) throws SQLException {
    try (ResultSet result =
        statement.executeQuery(
            "SELECT (SELECT page_count FROM pragma_page_count)"
                + " , (SELECT freelist_count FROM pragma_freelist_count)"
                + " , (SELECT page_size FROM pragma_page_size)")) {
      result.next();
      long pages = result.getLong(1);
      long pageBytes = result.getLong(3);
      long inUse = (pages - result.getLong(2)) * pageBytes;
      return new LogSize(pages * pageBytes + walBytes, inUse);
    }
  }

  /** Checks the structure of the whole file. Returns {@code ok}, or what is wrong. */
  String quickCheck() throws SQLException {
    try (ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
      return result.next() ? result.getString(1) : "no answer";
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // It only read: nothing is lost.
      LOG.debug("closing a connection failed", e);
    }
  }
}
