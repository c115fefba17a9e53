package dev.rowan.dialects.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.Pool;
import dev.rowan.dialects.Schema;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a database to where the log can use it: makes it, migrates it, opens its pool. */
final class PostgresDatabase {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresDatabase.class);

  /** Times that the tables are tried to be made before it is an error. */
  private static final int MIGRATION_ATTEMPTS = 5;

  /** PostgreSQL 12, of 2019: the oldest that was tried. */
  private static final int SERVER_VERSION_MIN = 12;

  /** There in every cluster, to connect to while ours is missing. */
  private static final String MAINTENANCE_DATABASE = "postgres";

  /** What is set unless the endpoint says otherwise; by pgjdbc's names. */
  private static final Map<PGProperty, String> DEFAULTS =
      Map.of(
          PGProperty.APPLICATION_NAME, "rowan",
          PGProperty.TCP_KEEP_ALIVE, "true",
          PGProperty.CONNECT_TIMEOUT, "5",
          PGProperty.LOGIN_TIMEOUT, "10",
          // Seconds without a byte after which a server is given up.
          PGProperty.SOCKET_TIMEOUT, "30",
          // How long a stopping server tries to end a statement of its own.
          PGProperty.CANCEL_SIGNAL_TIMEOUT, "1",
          // The detail of an error can hold keys and values.
          PGProperty.LOG_SERVER_ERROR_DETAIL, "false");

  private final String hosts;
  private final String database;
  private final Map<String, String> properties;
  private boolean pooled;

  /**
   * @param hosts as in {@code h1:5432,h2}
   * @param properties by pgjdbc's names, user and password among them
   */
  PostgresDatabase(String hosts, String database, Map<String, String> properties) {
    this.hosts = hosts;
    this.database = database;
    this.properties = properties;
  }

  /** The endpoint as messages name it: without user and password. */
  String name() {
    return "postgres://" + hosts + "/" + database;
  }

  /** Opens the pool over a database that is there, of a known server, and has our tables. */
  HikariDataSource open() throws LogException {
    PGSimpleDataSource source = source(database);
    try {
      connectOrCreate(source);
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, "connecting to " + name());
    }
    return Pool.open(source);
  }

  private void connectOrCreate(PGSimpleDataSource source) throws SQLException, LogException {
    try (Connection connection = source.getConnection()) {
      prepare(connection, source);
    } catch (SQLException e) {
      if (!PostgresErrors.state(e).equals(PostgresErrors.DATABASE_MISSING)) {
        throw e;
      }
      create();
      try (Connection connection = source.getConnection()) {
        prepare(connection, source);
      }
    }
  }

  private void create() throws SQLException, LogException {
    String quoted = '"' + database.replace("\"", "\"\"") + '"';
    try (Connection connection = source(MAINTENANCE_DATABASE).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + quoted);
    } catch (SQLException e) {
      switch (PostgresErrors.state(e)) {
        case PostgresErrors.DATABASE_EXISTS, "23505" -> {
          // Another instance was as fast.
        }
        case PostgresErrors.NOT_PERMITTED ->
            throw new LogException.Unavailable(
                "the database "
                    + name()
                    + " does not exist, and the user has no right to create it. Create it, or give"
                    + " the user the right CREATEDB",
                e);
        default -> throw e;
      }
    }
  }

  /** Whether a pooler stands between, once the database is open. */
  boolean pooled() {
    return pooled;
  }

  /**
   * Makes out a pooler by the server's process: one that shares the server's connections can't tell
   * its clients which of them they will have, so it makes up a number.
   */
  private void detectPooler(Connection connection, PGSimpleDataSource source) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT pg_backend_pid()")) {
      result.next();
      pooled = result.getInt(1) != connection.unwrap(PGConnection.class).getBackendPID();
    }
    if (pooled) {
      LOG.atInfo()
          .addKeyValue("database", name())
          .log("a pooler stands before the database: nothing is prepared there or listened to");
      adapt(source);
    }
  }

  /** Nothing outlives its transaction, unless the endpoint says that the pooler knows of it. */
  private void adapt(PGSimpleDataSource source) {
    if (pooled && !properties.containsKey(PGProperty.PREPARE_THRESHOLD.getName())) {
      source.setPrepareThreshold(0);
    }
  }

  private void prepare(Connection connection, PGSimpleDataSource source)
      throws SQLException, LogException {
    detectPooler(connection, source);
    int version = connection.getMetaData().getDatabaseMajorVersion();
    if (version < SERVER_VERSION_MIN) {
      throw new LogException.Unavailable(
          name() + " is PostgreSQL " + version + "; " + SERVER_VERSION_MIN + " or newer is needed",
          new SQLException("server version " + version));
    }
    for (int attempt = 1; Schema.behind(schemaVersion(connection), name()); attempt++) {
      migrate(source, attempt);
    }
  }

  /** Tried again at first: where instances start at once, Flyway trips over its own beginnings. */
  private void migrate(PGSimpleDataSource source, int attempt) throws LogException {
    try {
      Schema.migrate(source, "postgres");
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
      throw PostgresErrors.translate(e, "connecting to " + name());
    }
  }

  private static int schemaVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT schema_version FROM store")) {
      return result.next() ? result.getInt(1) : 0;
    } catch (SQLException e) {
      if (PostgresErrors.state(e).equals(PostgresErrors.TABLE_MISSING)) {
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
    if (PostgresErrors.state(error).equals(PostgresErrors.NOT_PERMITTED)) {
      return new LogException.Unavailable(
          "creating the tables of "
              + name()
              + ": the user needs the right CREATE on the schema: "
              + error.getMessage(),
          e);
    }
    return PostgresErrors.translate(error, "creating the tables of " + name());
  }

  /** Makes connections beside the pool, to be closed by who asks for them. */
  DataSource source() throws LogException {
    return source(database);
  }

  /**
   * Ends what is done on a connection. Any thread.
   *
   * @param tell whether to tell the server, at most for a second: else one that computes only
   *     notices when it answers
   */
  static void cut(Connection connection, boolean tell) {
    try {
      if (tell) {
        connection.unwrap(PGConnection.class).cancelQuery();
      }
    } catch (SQLException e) {
      LOG.debug("the server was not told to end a statement", e);
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("cutting a connection failed", e);
    }
  }

  private PGSimpleDataSource source(String databaseName) throws LogException {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(
        "jdbc:postgresql://"
            + hosts
            + "/"
            + URLEncoder.encode(databaseName, StandardCharsets.UTF_8));
    try {
      for (Map.Entry<PGProperty, String> value : DEFAULTS.entrySet()) {
        source.setProperty(value.getKey(), value.getValue());
      }
      for (Map.Entry<String, String> value : properties.entrySet()) {
        source.setProperty(value.getKey(), value.getValue());
      }
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, "setting up the driver for " + name());
    }
    adapt(source);
    return source;
  }
}
