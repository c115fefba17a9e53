package dev.rowan.dialects.mysql;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.Pool;
import dev.rowan.dialects.Schema;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.mariadb.jdbc.Driver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a database to where the log can use it: makes it, migrates it, opens its pool. */
final class MysqlDatabase {
  private static final Logger LOG = LoggerFactory.getLogger(MysqlDatabase.class);

  /** Of the migrations. */
  private static final String FOLDER = "mysql";

  /** Times that the tables are tried to be made before it is an error. */
  private static final int MIGRATION_ATTEMPTS = 5;

  /** Silence after which the server ends a session, and lets go what it holds. */
  static final Duration SILENCE_MAX = Duration.ofMinutes(5);

  /**
   * What every session is set to. Whatever the server's defaults, too long or missing values are
   * errors, and nobody waits for locks longer than a request does.
   */
  private static final String SESSION =
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
          + " SESSION innodb_lock_wait_timeout = 4, SESSION lock_wait_timeout = 4,"
          + (" SESSION wait_timeout = " + SILENCE_MAX.toSeconds())
          + (", SESSION net_read_timeout = " + SILENCE_MAX.toSeconds())
          + (", SESSION net_write_timeout = " + SILENCE_MAX.toSeconds())
          // MySQL alone carries this out: else it tells the tables' size of up to a day ago.
          + " /*!80003 , SESSION information_schema_stats_expiry = 0 */";

  /** What is set unless the endpoint says otherwise; by the driver's names, times in ms. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "connectTimeout", "5000",
          // Without a byte for so long, a server is given up.
          "socketTimeout", "30000",
          "tcpKeepAlive", "true",
          "connectionAttributes", "program_name:rowan");

  /** What is set whatever the endpoint says. */
  private static final Map<String, String> REQUIRED =
      Map.of(
          // A transaction goes to the server at once.
          "allowMultiQueries", "true",
          // Appends then lock the rows that they write, and nothing between.
          "transactionIsolation", "READ-COMMITTED",
          "initSql", SESSION,
          // Several statements can't be prepared together, and values show in no message.
          "useServerPrepStmts", "false",
          "autocommit", "true",
          "dumpQueriesOnException", "false");

  private final String hosts;
  private final String database;
  private final Map<String, String> properties;
  private long packetBytesMax;

  /**
   * @param hosts as in {@code h1:3306,h2}
   * @param properties by the driver's names, user and password among them
   */
  MysqlDatabase(String hosts, String database, Map<String, String> properties) {
    this.hosts = hosts;
    this.database = database;
    this.properties = properties;
  }

  /** The endpoint as messages name it: without user and password. */
  String name() {
    return "mysql://" + hosts + "/" + database;
  }

  /** What the server takes at once, once the database is open. */
  long packetBytesMax() {
    return packetBytesMax;
  }

  /** Opens the pool over a database that is there, of a known server, and has our tables. */
  HikariDataSource open() throws LogException {
    DataSource source = source(database);
    try {
      connectOrCreate(source);
    } catch (SQLException e) {
      throw MysqlErrors.translate(e, "connecting to " + name());
    }
    return Pool.open(source);
  }

  private void connectOrCreate(DataSource source) throws SQLException, LogException {
    try (Connection connection = source.getConnection()) {
      prepare(connection, source);
    } catch (SQLException e) {
      if (MysqlErrors.notPermitted(e)) {
        // The server tells nobody without rights whether a database is there.
        throw noRight(e);
      }
      if (MysqlErrors.code(e) != MysqlErrors.DATABASE_MISSING) {
        throw e;
      }
      create();
      try (Connection connection = source.getConnection()) {
        prepare(connection, source);
      }
    }
  }

  private void create() throws SQLException, LogException {
    String quoted = '`' + database.replace("`", "``") + '`';
    try (Connection connection = source("").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + quoted);
    } catch (SQLException e) {
      if (MysqlErrors.notPermitted(e)) {
        throw noRight(e);
      }
      if (MysqlErrors.code(e) != MysqlErrors.DATABASE_EXISTS) {
        throw e;
      }
      // Else another instance was as fast.
    }
  }

  private LogException noRight(SQLException e) {
    return new LogException.Unavailable(
        "the database "
            + name()
            + " does not exist and the user has no right to create it, or has no rights on it."
            + " Create it, or give the user the right CREATE and those on its tables",
        e);
  }

  private void prepare(Connection connection, DataSource source) throws SQLException, LogException {
    MysqlServer server = MysqlServer.of(connection);
    server.check(name());
    packetBytesMax = server.packetBytesMax();
    for (int attempt = 1; Schema.behind(schemaVersion(connection), name()); attempt++) {
      migrate(source, attempt);
    }
  }

  /** Tried again at first: where instances start at once, Flyway trips over its own beginnings. */
  private void migrate(DataSource source, int attempt) throws LogException {
    try {
      if (attempt > 1) {
        // What failed half-way stays noted, since the server commits each statement by itself.
        Schema.repair(source, FOLDER);
      }
      Schema.migrate(source, FOLDER);
    } catch (FlywayException e) {
      if (attempt == MIGRATION_ATTEMPTS) {
        throw migrationFailed(e);
      }
      LOG.atInfo().addKeyValue("error", e.getMessage()).log("the tables are made once more");
    }
  }

  /** Refuses a database without a store, and one that isn't there. */
  void checkExists() throws LogException {
    try (Connection connection = source().getConnection()) {
      if (schemaVersion(connection) == 0) {
        throw new LogException.Unavailable(
            name() + " holds no store of Rowan's", new SQLException("no table store"));
      }
    } catch (SQLException e) {
      throw MysqlErrors.translate(e, "connecting to " + name());
    }
  }

  private static int schemaVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT schema_version FROM store")) {
      return result.next() ? result.getInt(1) : 0;
    } catch (SQLException e) {
      if (MysqlErrors.code(e) == MysqlErrors.TABLE_MISSING) {
        return 0;
      }
      throw e;
    }
  }

  private LogException migrationFailed(FlywayException e) {
    Throwable cause = e;
    while (cause != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    if (!(cause instanceof SQLException error)) {
      return new LogException.Corrupt("creating the tables of " + name(), e);
    }
    if (MysqlErrors.notPermitted(error)) {
      return new LogException.Unavailable(
          "creating the tables of "
              + name()
              + ": the user needs the rights CREATE, ALTER, INDEX, SELECT, INSERT, UPDATE and"
              + " DELETE on the database: "
              + error.getMessage(),
          e);
    }
    return MysqlErrors.translate(error, "creating the tables of " + name());
  }

  /** Sets after which silence the server ends a session, between packets and within one. */
  static void setSilenceMax(Connection connection, Duration silence) throws SQLException {
    long seconds = silence.toSeconds();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET SESSION wait_timeout = " + seconds + ", SESSION net_read_timeout = " + seconds);
    }
  }

  /** Ends what is done on a connection, for the server and for the caller. Any thread. */
  static void cut(Connection connection) {
    try {
      // The driver has the server kill what the connection is at.
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      // It went back to the pool meanwhile.
      LOG.debug("cutting a connection failed", e);
    }
  }

  /** Makes connections beside the pool, to be closed by who asks for them. */
  DataSource source() {
    return source(database);
  }

  private DataSource source(String databaseName) {
    Properties all = new Properties();
    all.putAll(DEFAULTS);
    all.putAll(properties);
    all.putAll(REQUIRED);
    // Of several hosts the first that answers, in their order.
    String mode = hosts.contains(",") ? "sequential:" : "";
    String url = "jdbc:mariadb:" + mode + "//" + hosts + "/" + encoded(databaseName);
    return new DriverDataSource(url, Driver.class.getName(), all, null, null);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
