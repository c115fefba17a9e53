package dev.rowan.dialects.postgres;

import dev.rowan.dialects.Columns;
import dev.rowan.dialects.RevisionLog.ScanVisitor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Reads rows with their values in queries of bounded size. The ids of a page and the lengths of its
 * values are read first (a length costs no read of a great value), so that a query takes many rows
 * where they are small and few where they are large.
 */
final class PostgresScan {
  /** Rows whose lengths are read at once, and the most that one query takes. */
  private static final int PAGE_ROWS = 10_000;

  /** Bytes of keys and values after which a query ends; a larger row makes one of its own. */
  private static final long QUERY_BYTES_MAX = 8L << 20;

  private final long throughId;
  private final PreparedStatement lengths;
  private final PreparedStatement rows;
  private final ScanVisitor visitor;

  private PostgresScan(
      long throughId, PreparedStatement lengths, PreparedStatement rows, ScanVisitor visitor) {
    this.throughId = throughId;
    this.lengths = lengths;
    this.rows = rows;
    this.visitor = visitor;
  }

  /** Reads every row up to an id within the connection's open snapshot. */
  static void rows(Connection connection, long throughId, ScanVisitor visitor) throws SQLException {
    try (PreparedStatement lengths =
            connection.prepareStatement(
                "SELECT id, octet_length(key) + coalesce(octet_length(value), 0) FROM log"
                    + " WHERE id > ? AND id <= ? ORDER BY id LIMIT "
                    + PAGE_ROWS);
        PreparedStatement rows =
            connection.prepareStatement(
                PostgresReads.ROW + " WHERE id > ? AND id <= ? ORDER BY id")) {
      PostgresScan scan = new PostgresScan(throughId, lengths, rows, visitor);
      long last = -1;
      long next = scan.page(last);
      while (next > last) {
        last = next;
        next = scan.page(last);
      }
    }
  }

  /** Reads the page after an id and returns the last id; the same id if there is nothing more. */
  private long page(long after) throws SQLException {
    long read = after;
    long last = after;
    long bytes = 0;
    lengths.setLong(1, after);
    lengths.setLong(2, throughId);
    try (ResultSet result = lengths.executeQuery()) {
      while (result.next()) {
        long length = result.getLong(2);
        if (bytes > 0 && bytes + length > QUERY_BYTES_MAX) {
          between(read, last);
          read = last;
          bytes = 0;
        }
        last = result.getLong(1);
        bytes += length;
      }
    }
    if (last > read) {
      between(read, last);
    }
    return last;
  }

  private void between(long after, long through) throws SQLException {
    rows.setLong(1, after);
    rows.setLong(2, through);
    try (ResultSet result = rows.executeQuery()) {
      while (result.next()) {
        visitor.row(Columns.row(result));
      }
    }
  }
}
