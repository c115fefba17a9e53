package dev.rowan.dialects.postgres;

import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turn to append, as a lock of the transaction that appends. The server gives it to those that
 * wait in their order, and takes it from who stands still. What the others wrote comes with it, and
 * it ends with the commit: a turn is two round trips. Used by one thread.
 */
final class PostgresTurn {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresTurn.class);

  /** Time after which the server ends the session of who has the turn and does nothing. */
  private static final Duration HELD_MAX = Duration.ofSeconds(2);

  /** Distinguishes the lock from those of other programs in the database; drawn once. */
  private static final long LOCK = 0x526f77616e547572L;

  /** What is read after the lock sees all that was committed before. */
  private static final PostgresChanges.Search TAKE =
      new PostgresChanges.Search(
          "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
          "SET LOCAL lock_timeout = " + RevisionLog.TURN_WAIT_MAX.toMillis(),
          "SET LOCAL idle_in_transaction_session_timeout = " + HELD_MAX.toMillis(),
          "SELECT pg_advisory_xact_lock(" + LOCK + ")",
          // The append waits as any other does.
          "SET LOCAL lock_timeout = 0");

  private final DataSource pool;
  private @Nullable Connection held;

  PostgresTurn(DataSource pool) {
    this.pool = pool;
  }

  /** What is known to have followed a head once the turn came, if it did. */
  PostgresChanges.@Nullable Found take(Head known) {
    try {
      Connection connection = pool.getConnection();
      held = connection;
      connection.setAutoCommit(false);
      return TAKE.find(connection, known);
    } catch (SQLException | LogException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("appending without a turn");
      end();
      return null;
    }
  }

  /** The connection whose transaction has the turn, which is the caller's from now on. */
  @Nullable Connection claim() {
    Connection connection = held;
    held = null;
    return connection;
  }

  void end() {
    Connection connection = claim();
    if (connection != null) {
      try (connection) {
        connection.rollback();
        connection.setAutoCommit(true);
      } catch (SQLException e) {
        // The server has ended it, or will.
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("a turn ended by itself");
      }
    }
  }
}
