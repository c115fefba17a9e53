package dev.rowan.dialects.postgres;

import dev.rowan.dialects.RevisionLog.LogSize;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the tables take of the server's disk, and how the space of deleted rows gets free. */
final class PostgresSpace {
  /**
   * Allocated bytes of all tables; of those the log's; and from the statistics of the log and its
   * toasted values: live rows, dead ones, pieces of toasted values, and the bytes of a row's
   * columns on average, which is null until the log was analysed for the first time.
   */
  private static final String SIZE =
      """
      SELECT pg_total_relation_size('log') + pg_total_relation_size('head')
          + pg_total_relation_size('meta') + pg_total_relation_size('store'),
        pg_total_relation_size('log'), rows.n_live_tup, rows.n_dead_tup,
        (SELECT pieces.n_live_tup FROM pg_stat_all_tables pieces
          JOIN pg_class log ON log.reltoastrelid = pieces.relid WHERE log.oid = rows.relid),
        (SELECT sum(avg_width * (1 - null_frac)) FROM pg_stats
          WHERE schemaname = rows.schemaname AND tablename = rows.relname)
      FROM pg_stat_user_tables rows WHERE rows.relid = 'log'::regclass
      """;

  /** Header and pointer of a row, and its entry in the index, with the latter's usual gaps. */
  private static final int ROW_BYTES = 28 + 24;

  /** A piece of a toasted value, of which four fill a page, with its entry in the index. */
  private static final int PIECE_BYTES = 2048 + 24;

  /** How long a VACUUM may take before its connection is given up; other calls have 30 s. */
  private static final Duration VACUUM_TIME_MAX = Duration.ofHours(2);

  private static final Logger LOG = LoggerFactory.getLogger(PostgresSpace.class);

  private PostgresSpace() {}

  static LogSize size(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SIZE);
        ResultSet result = select.executeQuery()) {
      result.next();
      long bytes = result.getLong(1);
      long log = result.getLong(2);
      long live = result.getLong(3);
      long all = Math.max(1, live + result.getLong(4));
      long pieces = result.getLong(5);
      double columns = result.getDouble(6);
      double used =
          result.wasNull()
              ? log * ((double) live / all)
              : live * (columns + ROW_BYTES) + (double) pieces * PIECE_BYTES;
      long unused = Math.max(0, log - Math.round(used));
      return new LogSize(bytes, Math.max(1, bytes - unused));
    }
  }

  /** Its warnings say what was left out, a table of another owner for one. */
  static void vacuum(Connection connection) throws SQLException {
    // The pool sets it back.
    connection.setNetworkTimeout(Runnable::run, (int) VACUUM_TIME_MAX.toMillis());
    try (Statement statement = connection.createStatement()) {
      statement.execute("VACUUM (ANALYZE) log, head, meta, store");
      for (SQLWarning warning = statement.getWarnings();
          warning != null;
          warning = warning.getNextWarning()) {
        LOG.atWarn().addKeyValue("warning", warning.getMessage()).log("not all was vacuumed");
      }
    }
  }
}
