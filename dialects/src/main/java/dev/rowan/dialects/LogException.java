package dev.rowan.dialects;

import org.jspecify.annotations.Nullable;

/** Why the log could not do what it was asked, by what the caller can do about it. */
public abstract sealed class LogException extends Exception {
  private static final long serialVersionUID = 1;

  private LogException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Another instance moved the head first; nothing was appended. Read what it wrote, try again. */
  public static final class Conflict extends LogException {
    private static final long serialVersionUID = 1;

    public Conflict(String message) {
      super(message, null);
    }
  }

  /** The database cannot be reached or refuses for now; nothing was appended. Try again later. */
  public static final class Unavailable extends LogException {
    private static final long serialVersionUID = 1;

    public Unavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The connection was lost before the database answered: the batch may be in the log, now or in a
   * moment. Append the same batch again until it is known.
   */
  public static final class UnknownOutcome extends LogException {
    private static final long serialVersionUID = 1;

    public UnknownOutcome(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The database has no space left; nothing was appended. */
  public static final class Full extends LogException {
    private static final long serialVersionUID = 1;

    public Full(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Some of what followed the head that the caller knew was pruned before the caller read it. Load
   * the log again.
   */
  public static final class Pruned extends LogException {
    private static final long serialVersionUID = 1;

    public Pruned(String message) {
      super(message, null);
    }
  }

  /** The store is damaged, is not Rowan's, or went backwards. Nothing can be trusted: stop. */
  public static final class Corrupt extends LogException {
    private static final long serialVersionUID = 1;

    public Corrupt(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
