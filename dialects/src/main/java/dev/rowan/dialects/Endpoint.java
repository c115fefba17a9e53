package dev.rowan.dialects;

import dev.rowan.dialects.mysql.MysqlKine;
import dev.rowan.dialects.mysql.MysqlLog;
import dev.rowan.dialects.postgres.PostgresKine;
import dev.rowan.dialects.postgres.PostgresLog;
import dev.rowan.dialects.sqlite.ExistingFile;
import dev.rowan.dialects.sqlite.SqliteKine;
import dev.rowan.dialects.sqlite.SqliteLog;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where the log is: what an operator names with a URL, taken apart and checked. Immutable. */
public sealed interface Endpoint {
  /** The file in the data directory that is used where no endpoint is named. */
  String DEFAULT_FILE = "rowan.db";

  /** For temporary files of a store that is elsewhere. */
  Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

  /**
   * Takes an endpoint apart.
   *
   * <ul>
   *   <li>empty or {@code sqlite}: the file {@value #DEFAULT_FILE} in the data directory
   *   <li>{@code sqlite:///var/lib/state.db}, {@code sqlite://./state.db}
   *   <li>{@code postgres://user:password@h1:5432,h2/database?sslmode=verify-full}, likewise {@code
   *       postgresql://} and {@code jdbc:postgresql://}
   *   <li>{@code mysql://user:password@h1:3306,h2/database?sslmode=verify-full}, likewise {@code
   *       mariadb://}, {@code jdbc:mysql://} and {@code jdbc:mariadb://}; and as the Go driver has
   *       it, {@code mysql://user:password@tcp(h1:3306)/database}
   * </ul>
   *
   * @throws IllegalArgumentException if it cannot be served; the message says why, without the
   *     password
   */
  static Endpoint parse(String endpoint, Path dataDir) {
    String trimmed = endpoint.strip();
    if (trimmed.isEmpty() || trimmed.equals("sqlite") || trimmed.equals("sqlite://")) {
      return new Sqlite(dataDir.resolve(DEFAULT_FILE));
    }
    int colon = trimmed.indexOf("://");
    String scheme = colon < 0 ? "" : trimmed.substring(0, colon).toLowerCase(Locale.ROOT);
    String rest = colon < 0 ? "" : trimmed.substring(colon + "://".length());
    return switch (scheme) {
      case "sqlite" -> SqliteUrl.parse(rest);
      case "postgres", "postgresql", "jdbc:postgresql" -> PostgresUrl.parse(rest);
      case "mysql", "mariadb", "jdbc:mysql", "jdbc:mariadb" -> MysqlUrl.parse(rest);
      default ->
          throw new IllegalArgumentException(
              "the endpoint's scheme "
                  + (scheme.isEmpty() ? "is missing" : scheme + ":// is not served")
                  + "; served are sqlite://, postgres://, postgresql://, mysql:// and mariadb://,"
                  + " and those of JDBC");
    };
  }

  /**
   * Opens the log, and creates it if it is missing.
   *
   * @param unsafeNoFsync whether a commit need not wait for this machine's disk. A server decides
   *     that by itself
   */
  RevisionLog open(boolean unsafeNoFsync) throws LogException;

  /**
   * Opens a log that is only to be read, and creates nothing.
   *
   * @throws LogException.Unavailable if there is no store of Rowan's
   */
  RevisionLog openExisting() throws LogException;

  /** Opens the table in which kine keeps its keys in this database. */
  KineTable openKine() throws LogException;

  /** The folder for files as large as the store: beside it where it is a file itself. */
  Path spoolFolder();

  /** A file. */
  record Sqlite(Path file) implements Endpoint {
    @Override
    public RevisionLog open(boolean unsafeNoFsync) throws LogException {
      return SqliteLog.open(file, !unsafeNoFsync);
    }

    @Override
    public RevisionLog openExisting() throws LogException {
      return ExistingFile.open(file);
    }

    @Override
    public KineTable openKine() throws LogException {
      return SqliteKine.open(file);
    }

    @Override
    public Path spoolFolder() {
      Path folder = file.toAbsolutePath().getParent();
      return folder == null ? TEMPORARY : folder;
    }

    @Override
    public String toString() {
      return file.toString();
    }
  }

  /**
   * A PostgreSQL database.
   *
   * @param hosts as in {@code h1:5432,h2}
   * @param properties of the driver, by its names; user and password among them
   */
  record Postgres(String hosts, String database, Map<String, String> properties)
      implements Endpoint {
    public Postgres {
      properties = Map.copyOf(properties);
    }

    @Override
    public RevisionLog open(boolean unsafeNoFsync) throws LogException {
      return PostgresLog.open(hosts, database, properties);
    }

    @Override
    public RevisionLog openExisting() throws LogException {
      PostgresLog.checkExists(hosts, database, properties);
      return open(false);
    }

    @Override
    public KineTable openKine() throws LogException {
      return PostgresKine.open(hosts, database, properties);
    }

    @Override
    public Path spoolFolder() {
      return TEMPORARY;
    }

    /** Without the properties: passwords are among them. */
    @Override
    public String toString() {
      return "postgres://" + hosts + "/" + database;
    }
  }

  /**
   * A MySQL or MariaDB database.
   *
   * @param hosts as in {@code h1:3306,h2}
   * @param properties of the driver, by its names; user and password among them
   */
  record Mysql(String hosts, String database, Map<String, String> properties) implements Endpoint {
    public Mysql {
      properties = Map.copyOf(properties);
    }

    @Override
    public RevisionLog open(boolean unsafeNoFsync) throws LogException {
      return MysqlLog.open(hosts, database, properties);
    }

    @Override
    public RevisionLog openExisting() throws LogException {
      MysqlLog.checkExists(hosts, database, properties);
      return open(false);
    }

    @Override
    public KineTable openKine() throws LogException {
      return MysqlKine.open(hosts, database, properties);
    }

    @Override
    public Path spoolFolder() {
      return TEMPORARY;
    }

    /** Without the properties: passwords are among them. */
    @Override
    public String toString() {
      return "mysql://" + hosts + "/" + database;
    }
  }
}
