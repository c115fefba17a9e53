package dev.rowan.dialects.mysql;

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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The revision log in a MySQL or MariaDB database. Any number of instances append to it, each
 * through a small pool of its own. Correct at READ COMMITTED and above: an append hangs on a
 * primary key, and long reads ask for their snapshot themselves.
 *
 * <p>A connection on which something failed may have an open transaction, so it is dropped rather
 * than given back.
 */
public final class MysqlLog implements RevisionLog {
  private static final Logger LOG = LoggerFactory.getLogger(MysqlLog.class);

  /** Every so many positions, whoever appended that one deletes as many of the oldest heads. */
  private static final long TRIM_EVERY = 1024;

  /** Times that a transaction is tried which the server rolled back for another's sake. */
  private static final int ATTEMPTS = 5;

  private final MysqlDatabase database;
  private final HikariDataSource pool;
  private final DataSource beside;

  /** The connections on which something is done that may take long. */
  private final Set<Connection> longCalls = ConcurrentHashMap.newKeySet();

  private final CountDownLatch closed = new CountDownLatch(1);

  private volatile boolean interrupted;

  private MysqlLog(MysqlDatabase database, HikariDataSource pool, DataSource beside) {
    this.database = database;
    this.pool = pool;
    this.beside = beside;
  }

  /**
   * Opens the log, and creates database and tables if they are missing and the user may.
   *
   * @param hosts as in {@code h1:3306,h2}
   * @param database the database's name
   * @param properties the driver's, by its own names, user and password among them
   * @throws LogException.Unavailable if the database cannot be reached, or refuses
   * @throws LogException.Corrupt if what it holds is not Rowan's, or a newer Rowan's
   */
  public static MysqlLog open(String hosts, String database, Map<String, String> properties)
      throws LogException {
    MysqlDatabase opened = new MysqlDatabase(hosts, database, Map.copyOf(properties));
    return new MysqlLog(opened, opened.open(), opened.source());
  }

  /**
   * Tells whether there is a log, and creates nothing.
   *
   * @throws LogException.Unavailable if there is none, or the database cannot be reached
   */
  public static void checkExists(String hosts, String database, Map<String, String> properties)
      throws LogException {
    new MysqlDatabase(hosts, database, Map.copyOf(properties)).checkExists();
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public Head head() throws LogException {
    return call("reading", connection -> MysqlReads.head(connection).head());
  }

  @Override
  public Head load(LoadVisitor visitor) throws LogException {
    return longCall("loading", connection -> MysqlReads.load(connection, visitor));
  }

  @Override
  public Filling fill() throws LogException {
    String doing = "filling " + database.name();
    Connection connection = connect("filling");
    try {
      return MysqlFilling.begin(connection, database.packetBytesMax(), doing, this::drop);
    } catch (SQLException e) {
      drop(connection);
      throw MysqlErrors.translate(e, doing);
    } catch (LogException e) {
      drop(connection);
      throw e;
    }
  }

  @Override
  public Changes changesSince(Head known, int rowsMax) throws LogException {
    return call("reading", connection -> MysqlReads.changesSince(connection, known, rowsMax));
  }

  @Override
  public List<@Nullable LogRow> rows(long[] ids) throws LogException {
    return Arrays.asList(call("reading", connection -> MysqlReads.rows(connection, ids)));
  }

  @Override
  public void scan(long throughId, ScanVisitor visitor) throws LogException {
    longCall(
        "reading",
        connection -> {
          MysqlReads.scan(connection, throughId, visitor);
          return visitor;
        });
  }

  @Override
  public void append(Batch batch) throws LogException {
    Optional<MysqlAppend.Verdict> verdict =
        call(
            "appending to",
            connection -> {
              if (!appended(connection, batch)) {
                return Optional.of(verdict(connection, batch));
              }
              long position = batch.expectedPosition() + 1;
              if (position % TRIM_EVERY == 0) {
                trim(connection, position - BATCHES_REMEMBERED);
              }
              return Optional.empty();
            });
    if (verdict.isPresent()) {
      decide(batch, verdict.get());
    }
  }

  private boolean appended(Connection connection, Batch batch) throws LogException {
    String doing = "appending to " + database.name();
    for (int attempt = 1; ; attempt++) {
      try {
        return MysqlAppend.append(connection, batch, database.packetBytesMax(), doing);
      } catch (LogException.Unavailable e) {
        boolean again = e.getCause() instanceof SQLException cause && MysqlErrors.outrun(cause);
        if (!again || attempt == ATTEMPTS) {
          throw e;
        }
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("the batch is appended once more");
        rollBack(connection);
      }
    }
  }

  /** Not every refusal ends the transaction, and to begin the next would commit what there is. */
  private void rollBack(Connection connection) throws LogException {
    try {
      MysqlReads.endTransaction(connection);
    } catch (SQLException e) {
      throw MysqlErrors.translate(e, "appending to " + database.name());
    }
  }

  private MysqlAppend.Verdict verdict(Connection connection, Batch batch) throws LogException {
    try {
      MysqlReads.endTransaction(connection);
      return MysqlAppend.verdict(connection, batch.expectedPosition());
    } catch (SQLException e) {
      // An earlier try may have been appended; asking again will tell.
      throw new LogException.UnknownOutcome(
          "reading the head of " + database.name() + ": " + e.getMessage(), e);
    }
  }

  /** Returns if the batch is in the log already, from an earlier try. */
  private static void decide(Batch batch, MysqlAppend.Verdict verdict) throws LogException {
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
    Long before = verdict.expectedToken();
    if (token == null && before != null && before == batch.expectedToken()) {
      throw new LogException.Corrupt(
          "the log is damaged, or went backwards: it has rows after its head. " + positions, null);
    }
    throw new LogException.Conflict(positions);
  }

  private static void trim(Connection connection, long upTo) {
    try {
      MysqlAppend.trimHeads(connection, upTo - TRIM_EVERY, upTo);
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
          MysqlAppend.prune(connection, ids);
          return ids;
        });
  }

  @Override
  public List<Instance> announce(Instance self) throws LogException {
    return call("joining", connection -> MysqlInstances.announce(connection, self));
  }

  @Override
  public void leave(Instance self) throws LogException {
    call(
        "leaving",
        connection -> {
          MysqlInstances.leave(connection, self.id());
          return self;
        });
  }

  /** {@inheritDoc} These servers tell of nothing, so it waits. */
  @Override
  public long awaitAppend(Duration atMost) throws InterruptedException {
    boolean isClosed = closed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    LOG.atTrace().addKeyValue("closed", isClosed).log("waited for appends");
    return NOTHING_TOLD;
  }

  /** Nothing to do: the server writes its pages and deletes for good by itself. */
  @Override
  public void idle() {
    checkOpen();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The file system gets the space. Where a transaction stays open for longer than the server is
   * told to wait, a snapshot that is being read for one, it is Unavailable, and may be tried again.
   */
  @Override
  public void defragment() throws LogException {
    longCall(
        "defragmenting",
        connection -> {
          if (!MysqlServer.of(connection).isTidb()) {
            MysqlSpace.rebuild(connection);
          }
          return connection;
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>What is in use is whole pages, by the server's statistics, which it keeps up to date within
   * seconds.
   */
  @Override
  public LogSize size() throws LogException {
    return call("measuring", MysqlSpace::size);
  }

  /** What is done with a connection. */
  private interface Call<T> {
    T with(Connection connection) throws SQLException, LogException;
  }

  private <T> T call(String doing, Call<T> call) throws LogException {
    Connection connection = connect(doing);
    boolean done = false;
    try {
      T result = call.with(connection);
      done = true;
      return result;
    } catch (LogException.Full e) {
      // The server is well: to make a connection anew for each refusal would take them from reads.
      done = MysqlAppend.restored(connection);
      throw e;
    } catch (SQLException e) {
      throw MysqlErrors.translate(e, doing + " " + database.name());
    } finally {
      if (done) {
        giveBack(connection);
      } else {
        drop(connection);
      }
    }
  }

  private static void giveBack(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // What was done is done.
      LOG.debug("closing a connection failed", e);
    }
  }

  private void drop(Connection connection) {
    pool.evictConnection(connection);
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
      throw MysqlErrors.translate(e, doing + " " + database.name());
    }
  }

  @Override
  public void interrupt() {
    interrupted = true;
    longCalls.forEach(MysqlDatabase::cut);
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
    closed.countDown();
    pool.close();
  }
}
