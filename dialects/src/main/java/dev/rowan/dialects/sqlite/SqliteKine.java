package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.KineTable;
import dev.rowan.dialects.LogException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;

/** kine's table in a SQLite file: K3s has it in {@code server/db/state.db}. */
public final class SqliteKine {
  private static final int BUSY_TIMEOUT_MILLIS = 5_000;

  private SqliteKine() {}

  /**
   * Opens the table for reading.
   *
   * @throws LogException if there is no such file, or no such table in it
   */
  public static KineTable open(Path file) throws LogException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
    return KineTable.ofFile(source, file.toString(), SqliteKine::translate);
  }

  /** A table that is missing isn't damage of a file that is somebody else's. */
  private static LogException translate(SQLException e, String doing) {
    boolean notOpened = SqliteErrors.primary(e) == SQLiteErrorCode.SQLITE_CANTOPEN.code;
    return new LogException.Unavailable(
        doing
            + ": "
            + e.getMessage()
            + (notOpened
                ? ". It has to be there, and its folder to be one that this user may write to: SQLite"
                    + " keeps a file beside it. Copy it there, with its -wal"
                : ""),
        e);
  }
}
