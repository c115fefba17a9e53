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
  /** Pages of the log that are looked at: a few milliseconds of the server's time. */
  private static final int SAMPLE_PAGES = 400;

  /** Header and pointer of a row, its four numbers, and its entry in the index with usual gaps. */
  private static final int ROW_BYTES = 28 + 32 + 24;

  /** A piece of a toasted value, of which four fill a page, with its entry in the index. */
  private static final int PIECE_BYTES = 2048 + 24;

  /** Bytes of a column in a piece; a column of more is in pieces, and 18 bytes lead there. */
  private static final int PIECE_DATA_BYTES = 1996;

  /** The part of the log's pages that is sampled, in percent. */
  private static final String SAMPLE_PERCENT =
      "least(100, 100.0 * 8192 * " + SAMPLE_PAGES + " / greatest(8192, pg_relation_size('log')))";

  /**
   * Allocated bytes of all tables, and of the log; rows, and pieces of toasted values, as the
   * server counts them; and of a sample of the log's pages, always about the same ones: its part of
   * all in percent, its rows, their bytes in the row, and their bytes elsewhere.
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
        %1$s, sampled.*
      FROM pg_class log JOIN pg_stat_user_tables counted ON counted.relid = log.oid,
        (SELECT count(*),
            sum(CASE WHEN bytes_of_key > %2$d THEN 18 ELSE bytes_of_key END
              + CASE WHEN bytes_of_value > %2$d THEN 18 ELSE bytes_of_value END),
            sum(CASE WHEN bytes_of_key > %2$d THEN bytes_of_key ELSE 0 END
              + CASE WHEN bytes_of_value > %2$d THEN bytes_of_value ELSE 0 END)
          FROM (SELECT pg_column_size(key) AS bytes_of_key,
                coalesce(pg_column_size(value), 0) AS bytes_of_value
              FROM log TABLESAMPLE SYSTEM (%1$s) REPEATABLE (0)) sample) sampled
      WHERE log.oid = 'log'::regclass
      """
          .formatted(SAMPLE_PERCENT, PIECE_DATA_BYTES);

  /** How long a VACUUM may take before its connection is given up; other calls have 30 s. */
  private static final Duration VACUUM_TIME_MAX = Duration.ofHours(2);

  private static final Logger LOG = LoggerFactory.getLogger(PostgresSpace.class);

  private PostgresSpace() {}

  /**
   * Measures. What a row takes is that of the rows as they are now, not as they were when the
   * server last analysed them: values may have grown since. Their number is the greater of the
   * server's count and the sample's, which knows of no crash.
   */
  static LogSize size(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SIZE);
        ResultSet result = select.executeQuery()) {
      result.next();
      long bytes = result.getLong(1);
      long log = result.getLong(2);
      double part = result.getDouble(5) / 100;
      double sampled = result.getDouble(6);
      double rows = Math.max(result.getDouble(3), sampled / part);
      double inRow = sampled == 0 ? 0 : result.getDouble(7) / sampled;
      double pieces = Math.max(result.getDouble(4), result.getDouble(8) / part / PIECE_DATA_BYTES);
      double used = rows * (inRow + ROW_BYTES) + pieces * PIECE_BYTES;
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
