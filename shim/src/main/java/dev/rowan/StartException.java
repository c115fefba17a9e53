package dev.rowan;

/**
 * The server cannot start; the message is one line for the user that names what stands in the way.
 */
public final class StartException extends Exception {
  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
