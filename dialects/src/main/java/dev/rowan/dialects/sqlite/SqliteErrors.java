package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.LogException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/** What SQLite's result codes mean to the caller of the log. */
final class SqliteErrors {
  private SqliteErrors() {}

  /** What {@code code} says when the extension's bits are taken off. */
  private static final int PRIMARY_MASK = 0xff;

  /**
   * Translates an error of a call of which nothing was committed.
   *
   * @param doing what failed, with the file's name
   */
  static LogException translate(SQLException e, String doing) {
    String message = doing + ": " + e.getMessage();
    SQLiteErrorCode code = SQLiteErrorCode.getErrorCode(primary(e));
    return switch (code) {
      case SQLITE_FULL -> new LogException.Full(message, e);
      case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_CONSTRAINT, SQLITE_ERROR ->
          new LogException.Corrupt(message + ". The file is damaged: restore a backup", e);
      default -> new LogException.Unavailable(message, e);
    };
  }

  /** Whether reading or writing the file itself failed, so that nobody knows what it holds now. */
  static boolean io(SQLException e) {
    return primary(e) == SQLiteErrorCode.SQLITE_IOERR.code;
  }

  static int primary(SQLException e) {
    return e.getErrorCode() & PRIMARY_MASK;
  }
}
