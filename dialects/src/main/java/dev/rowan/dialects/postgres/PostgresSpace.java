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
   * toasted values: rows, pieces of toasted values, and the bytes of a row's columns on average,
   * which is null until the log was analysed for the first time.
   *
   * <p>Rows are counted as the server does at each commit or as the last VACUUM found them,
   * whichever are more: a crash or a failover makes it forget the former, and only a VACUUM makes
   * the space of deleted ones free.
   */
  private static final String SIZE =
      """
      SELECT pg_total_relation_size('log') + pg_total_relation_size('head')
          + pg_total_relation_size('meta') + pg_total_relation_size('store'),
        pg_total_relation_size('log'), greatest(counted.n_live_tup, log.reltuples),
        (SELECT greatest(counted.n_live_tup, pieces.reltuples)
          FROM pg_class pieces JOIN pg_stat_all_tables counted ON counted.relid = pieces.oid
          WHERE pieces.oid = log.reltoastrelid),
        (SELECT sum(avg_width * (1 - null_frac)) FROM pg_stats
          WHERE schemaname = counted.schemaname AND tablename = counted.relname)
      FROM pg_class log JOIN pg_stat_user_tables counted ON counted.relid = log.oid
      WHERE log.oid = 'log'::regclass
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
      double rows = result.getDouble(3);
      double pieces = result.getDouble(4);
      double columns = result.getDouble(5);
      double used = result.wasNull() ? log : rows * (columns + ROW_BYTES) + pieces * PIECE_BYTES;
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
