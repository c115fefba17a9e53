package dev.rowan.auth;

import com.google.protobuf.ByteString;

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
   * @param proof by what the name was proven, which may end before the caller's turn comes
   */
  record Named(String name, long authRevision, Proof proof) implements Caller {}

  /** By what a user has proven the name, and so how long the proof holds. */
  sealed interface Proof {
    /** The name of a client's certificate, which no change of the auth store ends. */
    Proof CERTIFICATE = Stateless.CERTIFICATE;

    /** A JSON web token, which is of one auth revision. */
    Proof SIGNED = Stateless.SIGNED;

    /**
     * A simple token, which holds while it is known.
     *
     * @param digest the token's
     */
    record Token(ByteString digest) implements Proof {}

    /** Those that nothing is kept of. */
    enum Stateless implements Proof {
      CERTIFICATE,
      SIGNED
    }
  }

  /** Those without a name. */
  enum Unnamed implements Caller {
    NOBODY,
    INTERNAL
  }
}
