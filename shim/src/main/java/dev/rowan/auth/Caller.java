package dev.rowan.auth;

/** On whose behalf something is done: a user, nobody, or the server itself. */
public sealed interface Caller {
  /** No user: whoever called gave no credentials, or auth is off and nobody asks. */
  Caller NOBODY = Unnamed.NOBODY;

  /** The server itself, which may do everything. Never made from what a client sends. */
  Caller INTERNAL = Unnamed.INTERNAL;

  /**
   * A user who has proven the name.
   *
   * @param authRevision the auth store's revision for which the proof holds
   */
  record Named(String name, long authRevision) implements Caller {}

  /** Those without a name. */
  enum Unnamed implements Caller {
    NOBODY,
    INTERNAL
  }
}
