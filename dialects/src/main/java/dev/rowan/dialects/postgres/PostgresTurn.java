package dev.rowan.dialects.postgres;

import dev.rowan.dialects.RevisionLog;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turn to append, as a lock of a transaction that does nothing else. The server gives it to
 * those that wait in their order, and takes it from who stands still. Used by one thread.
 */
final class PostgresTurn {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresTurn.class);

  /** Time after which the server ends the session of who has the turn and does nothing. */
  private static final Duration HELD_MAX = Duration.ofSeconds(2);

  /** Distinguishes the lock from those of other programs in the database; drawn once. */
  private static final long LOCK = 0x526f77616e547572L;

  private static final String TAKE =
      "SET LOCAL lock_timeout = "
          + RevisionLog.TURN_WAIT_MAX.toMillis()
          + "; SET LOCAL idle_in_transaction_session_timeout = "
          + HELD_MAX.toMillis()
          + "; SELECT pg_advisory_xact_lock("
          + LOCK
          + ")";

  private final DataSource pool;
  private @Nullable Connection held;

  PostgresTurn(DataSource pool) {
    this.pool = pool;
  }

  boolean take() {
    try {
      Connection connection = pool.getConnection();
      held = connection;
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute(TAKE);
      }
      return true;
    } catch (SQLException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("appending without a turn");
      end();
      return false;
    }
  }

  void end() {
    Connection connection = held;
    held = null;
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
