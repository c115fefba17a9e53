package dev.rowan.dialects.mysql;

import dev.rowan.dialects.LogException;
import java.sql.SQLException;
import java.util.regex.Pattern;

/** What the error codes of MySQL, MariaDB and TiDB mean to the caller of the log. */
final class MysqlErrors {
  static final int DATABASE_MISSING = 1049;
  static final int DATABASE_EXISTS = 1007;
  static final int TABLE_MISSING = 1146;
  static final int DUPLICATE = 1062;
  static final int NULL_REFUSED = 1048;

  /** The file system's own error, ENOSPC, as the servers' messages name it. */
  private static final Pattern NO_SPACE =
      Pattern.compile("(?i)(errno|errcode|error):? *28(?![0-9])");

  private MysqlErrors() {}

  /** Translates an error of a call that appends nothing, or that did not get a connection. */
  static LogException translate(SQLException e, String doing) {
    String message = doing + ": " + e.getMessage();
    return switch (code(e)) {
      case 1021, 1114 -> new LogException.Full(message, e);
      // Errors of the file system, which name its own error.
      case 3, 1026, 1030 ->
          NO_SPACE.matcher(String.valueOf(e.getMessage())).find()
              ? new LogException.Full(message, e)
              : new LogException.Unavailable(message, e);
      case 1290, 1792, 1836 ->
          new LogException.Unavailable(
              doing + ": the server takes no writes; it is a replica, or has read_only set", e);
      // Tables are gone or not as they should be, a row is there twice, a page is damaged.
      case TABLE_MISSING, 1054, DUPLICATE, 1194, 1712, 1877 -> new LogException.Corrupt(message, e);
      default -> new LogException.Unavailable(message, e);
    };
  }

  /**
   * Translates an error of the statements that append. Where the server itself refused one, the
   * transaction did not come to its commit; where it said that it goes down or gave the commit up,
   * or where nothing was heard any more, the commit may have happened before.
   */
  static LogException translateAppend(SQLException e, String doing) {
    if (answered(e)) {
      return translate(e, doing);
    }
    return new LogException.UnknownOutcome(doing + ": " + e.getMessage(), e);
  }

  private static boolean answered(SQLException e) {
    return switch (code(e)) {
      // None: the driver's own. Then: going down, lost, killed, failed while committing.
      case 0, 1053, 1077, 1078, 1079, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1317 -> false;
      case 1927, 3100, 3169, 4031, 8501 -> false;
      // Too large a packet: it is not carried out, though the connection ends.
      case 1153 -> true;
      default -> !state(e).startsWith("08");
    };
  }

  /**
   * Whether the server rolled a transaction back for another's sake: the same again may succeed.
   */
  static boolean outrun(SQLException e) {
    // A deadlock; MariaDB's conflict of snapshots; two of TiDB's conflicts of writes.
    return switch (code(e)) {
      case 1213, 1020, 8002, 9007 -> true;
      default -> state(e).equals("40001");
    };
  }

  /** Whether the user lacks a right, or the server does not know him. */
  static boolean notPermitted(SQLException e) {
    return switch (code(e)) {
      case 1044, 1142, 1227, 1370 -> true;
      default -> false;
    };
  }

  /** The server's code for an error, or for the one that caused it; 0 if it sent none. */
  static int code(SQLException e) {
    Throwable cause = e;
    while (cause instanceof SQLException error) {
      if (error.getErrorCode() != 0) {
        return error.getErrorCode();
      }
      cause = error.getCause();
    }
    return 0;
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }
}
