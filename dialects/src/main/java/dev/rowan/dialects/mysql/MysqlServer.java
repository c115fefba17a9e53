package dev.rowan.dialects.mysql;

import dev.rowan.dialects.LogException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server says of itself when the log is opened.
 *
 * @param version as it gives it, such as {@code 8.0.43} or {@code 11.4.5-MariaDB}
 * @param variables those that matter here, in lower case; a server doesn't have all of them
 */
record MysqlServer(String version, Map<String, String> variables) {
  private static final Logger LOG = LoggerFactory.getLogger(MysqlServer.class);

  private static final String VARIABLES =
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_allowed_packet',"
          + " 'innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog', 'binlog_format')";

  /**
   * Bytes that the server must take at once: etcd's greatest request by default, 1.5 MiB, as text,
   * where a byte may take two, with as much room again as MySQL's smallest default leaves.
   */
  static final long PACKET_BYTES_MIN = 4L << 20;

  MysqlServer {
    variables = Map.copyOf(variables);
  }

  static MysqlServer of(Connection connection) throws SQLException {
    Map<String, String> variables = new HashMap<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet result = statement.executeQuery(VARIABLES)) {
        while (result.next()) {
          variables.put(
              result.getString(1).toLowerCase(Locale.ROOT),
              result.getString(2).toUpperCase(Locale.ROOT));
        }
      }
      try (ResultSet result = statement.executeQuery("SELECT VERSION()")) {
        result.next();
        return new MysqlServer(result.getString(1), variables);
      }
    }
  }

  boolean isTidb() {
    return version.contains("TiDB");
  }

  boolean isMariaDb() {
    return version.contains("MariaDB");
  }

  long packetBytesMax() {
    return Long.parseLong(variables.getOrDefault("max_allowed_packet", "" + PACKET_BYTES_MIN));
  }

  /**
   * Refuses what Rowan cannot work with, and warns of what would lose writes that were
   * acknowledged.
   *
   * @param where the endpoint, for the messages
   */
  void check(String where) throws LogException.Unavailable {
    String oldest = isMariaDb() ? "10.6" : isTidb() ? "5.7" : "8.0";
    if (isOlder(version, oldest)) {
      throw refused(
          where + " is version " + version + "; " + oldest + " or newer is needed, of MySQL 8.0");
    }
    if (packetBytesMax() < PACKET_BYTES_MIN) {
      throw refused(
          where
              + " has max_allowed_packet="
              + packetBytesMax()
              + "; at least "
              + PACKET_BYTES_MIN
              + " is needed, and twice --max-request-bytes and 1 MiB if that is raised");
    }
    if (isOn("log_bin") && variables.getOrDefault("binlog_format", "").equals("STATEMENT")) {
      throw refused(where + " has binlog_format=STATEMENT; ROW or MIXED is needed");
    }
    if (!isTidb()) {
      warnUnless("innodb_flush_log_at_trx_commit");
      if (isOn("log_bin")) {
        warnUnless("sync_binlog");
      }
    }
  }

  private void warnUnless(String variable) {
    String value = variables.getOrDefault(variable, "1");
    if (!value.equals("1")) {
      LOG.atWarn()
          .addKeyValue("variable", variable)
          .addKeyValue("value", value)
          .log("the server acknowledges writes that it may lose when it crashes; set it to 1");
    }
  }

  private boolean isOn(String variable) {
    String value = variables.getOrDefault(variable, "OFF");
    return value.equals("ON") || value.equals("1");
  }

  private static LogException.Unavailable refused(String message) {
    return new LogException.Unavailable(message, new SQLException(message));
  }

  /** By the first two numbers of a version. */
  static boolean isOlder(String version, String than) {
    String[] numbers = version.split("[.-]", 3);
    String[] least = than.split("\\.", 2);
    int major = Integer.compare(Integer.parseInt(numbers[0]), Integer.parseInt(least[0]));
    return major < 0 || (major == 0 && Integer.parseInt(numbers[1]) < Integer.parseInt(least[1]));
  }
}
