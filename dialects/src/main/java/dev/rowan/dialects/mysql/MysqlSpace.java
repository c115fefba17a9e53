package dev.rowan.dialects.mysql;

import dev.rowan.dialects.RevisionLog.LogSize;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** What the tables take of the server's disk, and how the space of deleted rows gets free. */
final class MysqlSpace {
  /** Pages of the tables and their indexes by the server's statistics, and what is free beside. */
  private static final String SIZE =
      "SELECT SUM(data_length + index_length), SUM(data_free) FROM information_schema.tables"
          + " WHERE table_schema = DATABASE() AND table_name IN ('log', 'head', 'meta', 'store')";

  private static final List<String> TABLES = List.of("log", "head", "meta", "store");

  /** How long writing a table anew may take before its connection is given up. */
  private static final Duration REBUILD_TIME_MAX = Duration.ofHours(2);

  private MysqlSpace() {}

  static LogSize size(Connection connection) throws SQLException {
    try (Statement select = connection.createStatement();
        ResultSet result = select.executeQuery(SIZE)) {
      result.next();
      long used = Math.max(1, result.getLong(1));
      return new LogSize(used + Math.max(0, result.getLong(2)), used);
    }
  }

  /**
   * Writes the tables anew without what is free in them, while everybody reads and writes on: the
   * server notes what is changed meanwhile. At the beginning and at the end it waits for the
   * transactions that are open, and others wait behind it, for as long as {@code lock_wait_timeout}
   * lets it.
   */
  static void rebuild(Connection connection) throws SQLException {
    // The connection is used for nothing else.
    connection.setNetworkTimeout(Runnable::run, (int) REBUILD_TIME_MAX.toMillis());
    try (Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute("ALTER TABLE " + table + " FORCE, ALGORITHM = INPLACE, LOCK = NONE");
      }
      statement.execute("ANALYZE TABLE " + String.join(", ", TABLES));
    }
  }
}
