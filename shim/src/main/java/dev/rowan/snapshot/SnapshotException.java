package dev.rowan.snapshot;

import org.jspecify.annotations.Nullable;

/** A store cannot be moved; the message is one line for the user that says why. */
public final class SnapshotException extends Exception {
  private static final long serialVersionUID = 1;

  public SnapshotException(String message) {
    this(message, null);
  }

  public SnapshotException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
