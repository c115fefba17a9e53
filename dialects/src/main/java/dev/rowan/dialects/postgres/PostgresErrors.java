package dev.rowan.dialects.postgres;

import dev.rowan.dialects.LogException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/** What PostgreSQL's error codes mean to the caller of the log. */
final class PostgresErrors {
  static final String DATABASE_MISSING = "3D000";
  static final String DATABASE_EXISTS = "42P04";
  static final String TABLE_MISSING = "42P01";
  static final String NOT_PERMITTED = "42501";
  private static final String DISK_FULL = "53100";
  private static final String READ_ONLY = "25006";
  private static final String SERIALIZATION_FAILURE = "40001";
  private static final String DEADLOCK = "40P01";
  private static final String COMPLETION_UNKNOWN = "40003";

  private PostgresErrors() {}

  /** Translates an error of a call that appends nothing, or that did not get a connection. */
  static LogException translate(SQLException e, String doing) {
    String message = doing + ": " + e.getMessage();
    return switch (state(e)) {
      case DISK_FULL -> new LogException.Full(message, e);
      case READ_ONLY ->
          new LogException.Unavailable(
              doing
                  + ": the server takes no writes; it is a standby, or the database or the user has"
                  + " default_transaction_read_only set",
              e);
      // Tables are gone or not as they should be, a row is there twice, a page is damaged.
      case TABLE_MISSING, "42703", "23505", "XX001", "XX002" ->
          new LogException.Corrupt(message, e);
      default -> new LogException.Unavailable(message, e);
    };
  }

  /**
   * Translates an error of the statement that appends. Where the server itself answered with an
   * error, the statement was rolled back; where it said that it goes down, or that it doesn't know
   * itself, or where nothing was heard any more, the commit may have happened before.
   */
  static LogException translateAppend(SQLException e, String doing) {
    if (answered(e)) {
      return translate(e, doing);
    }
    return new LogException.UnknownOutcome(doing + ": " + e.getMessage(), e);
  }

  private static boolean answered(SQLException e) {
    String state = state(e);
    return e instanceof PSQLException error
        && error.getServerErrorMessage() != null
        // 08: said by a proxy, of its own connection to the server.
        && !state.startsWith("08")
        && !state.startsWith("57P")
        && !state.equals(COMPLETION_UNKNOWN);
  }

  /**
   * Whether the server rolled a transaction back for another's sake: the same again may succeed.
   */
  static boolean outrun(SQLException e) {
    return switch (state(e)) {
      case SERIALIZATION_FAILURE, DEADLOCK -> true;
      default -> false;
    };
  }

  /** The SQLSTATE of an error, or of the one that caused it; empty if there is none. */
  static String state(SQLException e) {
    @Nullable Throwable cause = e;
    while (cause instanceof SQLException error) {
      if (error instanceof PSQLException && error.getSQLState() != null) {
        return error.getSQLState();
      }
      cause = error.getCause();
    }
    return "";
  }
}
