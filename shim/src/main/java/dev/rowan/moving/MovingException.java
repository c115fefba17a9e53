package dev.rowan.moving;

import org.jspecify.annotations.Nullable;

/** A store can't be moved; the message is one line for the user that says why. */
public final class MovingException extends Exception {
  private static final long serialVersionUID = 1;

  MovingException(String message) {
    this(message, null);
  }

  MovingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
