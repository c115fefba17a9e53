package dev.rowan.snapshot;

import org.jspecify.annotations.Nullable;

/** A snapshot cannot be restored; the message is one line for the user that says why. */
public final class SnapshotException extends Exception {
  private static final long serialVersionUID = 1;

  SnapshotException(String message) {
    this(message, null);
  }

  SnapshotException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
