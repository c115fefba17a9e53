package dev.rowan;

/** The options cannot be followed; the message is one line for the user. */
final class UsageException extends Exception {
  UsageException(String message) {
    super(message);
  }
}
