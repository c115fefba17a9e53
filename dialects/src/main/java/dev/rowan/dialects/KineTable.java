package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table in which kine keeps its keys, read in one snapshot of the database; kine may write
 * meanwhile. A row is a change, its id the revision:
 *
 * <pre>
 * id  name               created  deleted  create_revision  prev_revision  lease  value
 * 41  /registry/pods/a   1        0        0                0              0      …
 * 42  /registry/pods/a   0        0        41               41             0      …
 * 43  gap-43             0        1        …      an id that a rolled back transaction took
 *     compact_rev_key                                       the compact revision
 * </pre>
 *
 * <p>It has no versions of keys, and ids are missing in it where transactions failed: so only the
 * state of now can be had, not the history. Not thread safe.
 */
public final class KineTable implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KineTable.class);

  private static final String NEWEST_ID = "SELECT MAX(id) FROM kine";
  private static final String LIVE_ROWS =
      "SELECT kine.id, kine.name, kine.created, kine.create_revision, kine.lease, kine.value"
          + " FROM kine JOIN (SELECT MAX(id) AS id FROM kine GROUP BY name) newest"
          + " ON newest.id = kine.id"
          + " WHERE kine.deleted = 0 AND kine.name <> 'compact_rev_key' ORDER BY kine.id";

  /** A server that sends nothing for so long is given up. */
  private static final int SILENCE_MAX_MILLIS = 10 * 60 * 1000;

  /** The same to PostgreSQL, MariaDB and MySQL, before a transaction reads anything. */
  private static final String SNAPSHOT =
      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

  /** Rows that a driver fetches at a time; the largest have a megabyte and a half. */
  private static final int FETCH_ROWS = 100;

  private final Connection connection;
  private final String name;
  private final Errors errors;
  private final long revision;

  /** How a dialect tells what went wrong. */
  public interface Errors {
    LogException translate(SQLException e, String doing);
  }

  /** Takes the rows. */
  public interface Visitor {
    /**
     * Takes a live key's newest row. Its version is 1 if it is as it was created, else 2: how often
     * it was changed isn't known. Its lease id is the time to live in seconds: kine has no others.
     */
    void row(LogRow row) throws LogException;
  }

  private KineTable(Connection connection, String name, Errors errors, long revision) {
    this.connection = connection;
    this.name = name;
    this.errors = errors;
    this.revision = revision;
  }

  /**
   * Begins the snapshot in a server's database.
   *
   * @param name of the database in messages
   */
  public static KineTable ofServer(DataSource source, String name, Errors errors)
      throws LogException {
    Connection connection = connect(source, name, errors);
    return open(
        connection,
        name,
        errors,
        () -> {
          // The server may take long to sort a large table.
          connection.setNetworkTimeout(Runnable::run, SILENCE_MAX_MILLIS);
          connection.setReadOnly(true);
          connection.setAutoCommit(false);
          try (Statement statement = connection.createStatement()) {
            statement.execute(SNAPSHOT);
          }
        });
  }

  /** Likewise in a file, where every transaction is a snapshot. */
  public static KineTable ofFile(DataSource source, String name, Errors errors)
      throws LogException {
    Connection connection = connect(source, name, errors);
    return open(connection, name, errors, () -> connection.setAutoCommit(false));
  }

  private static Connection connect(DataSource source, String name, Errors errors)
      throws LogException {
    try {
      return source.getConnection();
    } catch (SQLException e) {
      throw errors.translate(e, "connecting to " + name);
    }
  }

  /** Begins a transaction. */
  private interface Begin {
    void run() throws SQLException;
  }

  private static KineTable open(Connection connection, String name, Errors errors, Begin begin)
      throws LogException {
    try {
      begin.run();
      return new KineTable(connection, name, errors, newestId(connection));
    } catch (SQLException e) {
      closing(connection);
      throw errors.translate(e, "reading kine's table in " + name);
    }
  }

  private static long newestId(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(NEWEST_ID)) {
      return result.next() ? result.getLong(1) : 0;
    }
  }

  /** The newest revision; 0 if nothing was ever written. */
  public long revision() {
    return revision;
  }

  /** Gives every live key to a visitor, in the order of their revisions. */
  public void rows(Visitor visitor) throws LogException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_ROWS);
      try (ResultSet result = statement.executeQuery(LIVE_ROWS)) {
        while (result.next()) {
          visitor.row(row(result));
        }
      }
    } catch (SQLException e) {
      throw errors.translate(e, "reading kine's table in " + name);
    }
  }

  private static LogRow row(ResultSet result) throws SQLException {
    long id = result.getLong(1);
    if (id > RowId.REVISION_MAX) {
      throw new SQLException("revision " + id + " is more than Rowan can hold");
    }
    ByteString key =
        UnsafeByteOperations.unsafeWrap(result.getString(2).getBytes(StandardCharsets.UTF_8));
    long createRevision = result.getLong(4);
    boolean created = result.getInt(3) != 0 || createRevision == 0;
    byte[] value = result.getBytes(6);
    return new LogRow(
        RowId.first(id),
        key,
        value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value),
        created ? id : createRevision,
        created ? 1 : 2,
        result.getLong(5));
  }

  /** Of what was only read nothing is lost. */
  private static void closing(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("closing a connection to kine's table", e);
    }
  }

  @Override
  public void close() {
    closing(connection);
  }
}
