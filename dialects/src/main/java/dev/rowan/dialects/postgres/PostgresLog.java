package dev.rowan.dialects.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.Instance;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The revision log in a PostgreSQL database. Any number of instances append to it, each through a
 * small pool of its own. No session state is kept, so a pooler in transaction mode may stand
 * between; then nothing is listened to.
 */
public final class PostgresLog implements RevisionLog {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresLog.class);

  /** Every so many positions, whoever appended that one deletes as many of the oldest heads. */
  private static final long TRIM_EVERY = 1024;

  /** Times that a statement is tried which the server rolled back for another's sake. */
  private static final int ATTEMPTS = 5;

  /** How long a stop tries to have the server end what it computes; as long again for the last. */
  private static final Duration TELLING_MAX = Duration.ofSeconds(1);

  private final PostgresDatabase database;
  private final HikariDataSource pool;
  private final DataSource beside;
  private final PostgresListener listener;
  private final PostgresTurn turn;

  /** Whether other instances lived when this one was announced last. */
  private volatile boolean others = true;

  /** The connections on which something is done that may take long. */
  private final Set<Connection> longCalls = ConcurrentHashMap.newKeySet();

  private volatile boolean interrupted;

  private PostgresLog(PostgresDatabase database, HikariDataSource pool, DataSource beside) {
    this.database = database;
    this.pool = pool;
    this.beside = beside;
    this.listener = new PostgresListener(beside, database.pooled());
    this.turn = new PostgresTurn(pool);
  }

  /**
   * Opens the log, and creates database and tables if they are missing and the user may.
   *
   * @param hosts as in {@code h1:5432,h2}
   * @param database the database's name
   * @param properties the driver's, by its own names, user and password among them
   * @throws LogException.Unavailable if the database cannot be reached, or refuses
   * @throws LogException.Corrupt if what it holds is not Rowan's, or a newer Rowan's
   */
  public static PostgresLog open(String hosts, String database, Map<String, String> properties)
      throws LogException {
    PostgresDatabase opened = new PostgresDatabase(hosts, database, Map.copyOf(properties));
    return new PostgresLog(opened, opened.open(), opened.source());
  }

  /**
   * Tells whether there is a log, and creates nothing.
   *
   * @throws LogException.Unavailable if there is none, or the database cannot be reached
   */
  public static void checkExists(String hosts, String database, Map<String, String> properties)
      throws LogException {
    new PostgresDatabase(hosts, database, Map.copyOf(properties)).checkExists();
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public Head head() throws LogException {
    return call("reading", connection -> PostgresReads.head(connection).head());
  }

  @Override
  public Head load(LoadVisitor visitor) throws LogException {
    return longCall("loading", connection -> PostgresReads.load(connection, visitor));
  }

  @Override
  public Filling fill() throws LogException {
    Connection connection = connect("filling");
    try {
      return PostgresFilling.begin(connection, database.name());
    } catch (SQLException e) {
      close(connection);
      throw PostgresErrors.translate(e, "filling " + database.name());
    } catch (LogException e) {
      close(connection);
      throw e;
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // It has changed nothing.
      LOG.debug("closing a connection failed", e);
    }
  }

  @Override
  public Changes changesSince(Head known, int rowsMax) throws LogException {
    return call("reading", connection -> PostgresChanges.since(connection, known, rowsMax));
  }

  @Override
  public List<@Nullable LogRow> rows(long[] ids) throws LogException {
    return Arrays.asList(call("reading", connection -> PostgresReads.rows(connection, ids)));
  }

  @Override
  public void scan(long throughId, ScanVisitor visitor) throws LogException {
    longCall(
        "reading",
        connection -> {
          PostgresReads.scan(connection, throughId, visitor);
          return visitor;
        });
  }

  @Override
  public void append(Batch batch) throws LogException {
    Connection inTurn = turn.claim();
    try (Connection connection = inTurn == null ? connect("appending to") : inTurn) {
      if (!appended(connection, batch)) {
        decide(batch, verdict(connection, batch));
      }
      long position = batch.expectedPosition() + 1;
      if (position % TRIM_EVERY == 0) {
        trim(connection, position - BATCHES_REMEMBERED);
      }
    } catch (SQLException e) {
      // Giving a connection back cannot undo the commit.
      LOG.debug("closing a connection failed", e);
    }
  }

  @Override
  public @Nullable Changes takeTurn(Head known, int rowsMax) {
    PostgresChanges.Found found = turn.take(known);
    if (found == null) {
      return null;
    }
    try {
      Changes all = found.all(known, rowsMax);
      return all == null ? changesSince(known, rowsMax) : all;
    } catch (LogException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("what followed cannot be read");
      turn.end();
      return null;
    }
  }

  @Override
  public void endTurn() {
    turn.end();
  }

  private boolean appended(Connection connection, Batch batch) throws LogException {
    long sender = others && listener.notifies() ? listener.sender() : 0;
    for (int attempt = 1; ; attempt++) {
      try {
        return PostgresAppend.append(connection, batch, sender);
      } catch (SQLException e) {
        if (!PostgresErrors.outrun(e) || attempt == ATTEMPTS) {
          throw PostgresErrors.translateAppend(e, "appending to " + database.name());
        }
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("the batch is appended once more");
        undo(connection);
      }
    }
  }

  /** Ends the transaction that had the turn: the next try has none. */
  private static void undo(Connection connection) throws LogException {
    try {
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    } catch (SQLException e) {
      throw new LogException.Unavailable("undoing what was not appended: " + e.getMessage(), e);
    }
  }

  private PostgresAppend.Verdict verdict(Connection connection, Batch batch) throws LogException {
    try {
      return PostgresAppend.verdict(connection, batch.expectedPosition() + 1);
    } catch (SQLException e) {
      // An earlier try may have been appended; asking again will tell.
      throw new LogException.UnknownOutcome(
          "reading the head of " + database.name() + ": " + e.getMessage(), e);
    }
  }

  /** Returns if the batch is in the log already, from an earlier try. */
  private void decide(Batch batch, PostgresAppend.Verdict verdict) throws LogException {
    Long token = verdict.token();
    if (token != null && token == batch.token()) {
      return;
    }
    long expected = batch.expectedPosition();
    String positions =
        "the head is at position " + verdict.newestPosition() + ", the batch expects " + expected;
    if (verdict.newestPosition() < expected) {
      throw new LogException.Corrupt("the database went backwards: " + positions, null);
    }
    if (token == null && verdict.newestPosition() > expected) {
      throw new LogException.Pruned(positions + ": too long ago to be remembered");
    }
    throw new LogException.Conflict(positions);
  }

  private static void trim(Connection connection, long upTo) {
    try {
      connection.setAutoCommit(true);
      PostgresAppend.trimHeads(connection, upTo - TRIM_EVERY, upTo);
    } catch (SQLException e) {
      // The batch is appended. Pruning deletes whatever was left here.
      LOG.warn("forgetting old heads failed", e);
    }
  }

  @Override
  public void prune(long[] ids) throws LogException {
    if (ids.length > PRUNE_ROWS_MAX) {
      throw new IllegalArgumentException(ids.length + " rows to prune at once");
    }
    call(
        "pruning",
        connection -> {
          PostgresAppend.prune(connection, ids);
          return ids;
        });
  }

  @Override
  public List<Instance> announce(Instance self) throws LogException {
    List<Instance> living =
        call("joining", connection -> PostgresInstances.announce(connection, self));
    others = living.size() > 1;
    return living;
  }

  @Override
  public void leave(Instance self) throws LogException {
    call(
        "leaving",
        connection -> {
          PostgresInstances.leave(connection, self.id());
          return self;
        });
  }

  @Override
  public long awaitAppend(Duration atMost) throws InterruptedException {
    return listener.await(atMost);
  }

  /** Nothing to do: the server checkpoints and vacuums by itself. */
  @Override
  public void idle() {
    checkOpen();
  }

  /**
   * {@inheritDoc}
   *
   * <p>By VACUUM without FULL, beside which every instance reads and writes on. FULL would give the
   * space to the file system, but holds off every instance for as long as it takes to write the
   * tables anew; and the space is used again by the next rows either way.
   */
  @Override
  public void defragment() throws LogException {
    longCall(
        "defragmenting",
        connection -> {
          PostgresSpace.vacuum(connection);
          return connection;
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>What is in use is estimated from the server's counts of rows, which it keeps up to date
   * within seconds, and from a sample of the rows.
   */
  @Override
  public LogSize size() throws LogException {
    return call("measuring", PostgresSpace::size);
  }

  /** What is done with a connection, other than appending. */
  private interface Call<T> {
    T with(Connection connection) throws SQLException, LogException;
  }

  private <T> T call(String doing, Call<T> call) throws LogException {
    try (Connection connection = connect(doing)) {
      return call.with(connection);
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, doing + " " + database.name());
    }
  }

  /** Makes a call that {@link #interrupt} ends, on a connection that nobody else waits for. */
  private <T> T longCall(String doing, Call<T> call) throws LogException {
    checkOpen();
    try (Connection connection = beside.getConnection()) {
      longCalls.add(connection);
      try {
        if (interrupted) {
          throw new SQLException("the server stops");
        }
        return call.with(connection);
      } finally {
        longCalls.remove(connection);
      }
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, doing + " " + database.name());
    }
  }

  @Override
  public void interrupt() {
    interrupted = true;
    long end = System.nanoTime() + TELLING_MAX.toNanos();
    for (Connection connection : longCalls) {
      PostgresDatabase.cut(connection, System.nanoTime() - end < 0);
    }
  }

  private Connection connect(String doing) throws LogException {
    checkOpen();
    try {
      return pool.getConnection();
    } catch (SQLException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new LogException.Unavailable(
          doing + " " + database.name() + ": no connection: " + cause.getMessage(), e);
    }
  }

  private void checkOpen() {
    if (pool.isClosed()) {
      throw new IllegalStateException("the log is closed");
    }
  }

  @Override
  public void close() {
    listener.close();
    pool.close();
  }
}
