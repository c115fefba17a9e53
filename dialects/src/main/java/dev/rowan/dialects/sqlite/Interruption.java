package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.LogException;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.ProgressHandler;

/** Whether what takes long is to end. Set once, by any thread. */
final class Interruption {
  /** Steps of SQLite's machine, some microseconds, between two looks during one statement. */
  private static final int STEPS = 10_000;

  private volatile boolean set;

  void set() {
    set = true;
  }

  /** Throws if it is set. Cheap enough for each row. */
  void check() throws LogException.Unavailable {
    if (set) {
      throw new LogException.Unavailable("the server stops", new SQLException("interrupted"));
    }
  }

  /** What is done on a connection. */
  interface Work<T> {
    T run() throws SQLException;
  }

  /**
   * Runs statements that fail if it is set, or gets set while one of them computes. What SQLite
   * does of them in one step, copying pages or carrying the WAL over, is finished.
   */
  <T> T during(Connection connection, Work<T> work) throws SQLException {
    ProgressHandler.setHandler(
        connection,
        STEPS,
        new ProgressHandler() {
          @Override
          protected int progress() {
            return set ? 1 : 0;
          }
        });
    try {
      return work.run();
    } finally {
      ProgressHandler.clearHandler(connection);
    }
  }
}
