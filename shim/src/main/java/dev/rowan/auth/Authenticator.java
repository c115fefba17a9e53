package dev.rowan.auth;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, and what they may read, by the auth store as it is committed. While auth is
 * off nobody is asked for anything, and each question costs one look at a field. Safe for any
 * thread; never blocks.
 */
public final class Authenticator {
  private final AuthBook book;
  private final @Nullable JwtKey jwt;
  private final Sequencer sequencer;

  /**
   * Makes one.
   *
   * @param jwt null where tokens are simple
   * @param sequencer told that a simple token is in use, where other instances must know
   */
  public Authenticator(AuthBook book, @Nullable JwtKey jwt, Sequencer sequencer) {
    this.book = book;
    this.jwt = jwt;
    this.sequencer = sequencer;
  }

  /** The auth store as it is committed. */
  public AuthState state() {
    return book.current();
  }

  /** Whether auth is off for certain: nobody else can have switched it on. */
  boolean off() {
    return !shared() && !book.current().enabled();
  }

  /** Whether what can be read may be newer than the permissions; a read then waits (T-8). */
  public boolean behind() {
    return book.behind();
  }

  /** Whether other instances may change the auth store too, which is known here somewhat later. */
  public boolean shared() {
    return book.tokens().shared();
  }

  /**
   * Who has these credentials: nobody while auth is off, whatever they are. A simple token
   * lasts from now again.
   *
   * @throws dev.rowan.error.EtcdException if the token is not valid, or of an older auth revision
   */
  public Caller caller(Credentials credentials) {
    return caller(credentials, book.current());
  }

  private Caller caller(Credentials credentials, AuthState state) {
    if (credentials.ofServer()) {
      return Caller.INTERNAL;
    }
    if (!state.enabled()) {
      return Caller.NOBODY;
    }
    String token = credentials.token();
    if (token != null) {
      Caller holder = jwt == null ? holder(token, state) : jwt.holder(token);
      if (holder == null) {
        throw EtcdError.INVALID_AUTH_TOKEN.exception();
      }
      state.requireRevision(holder);
      return holder;
    }
    String name = credentials.commonName();
    return name == null
        ? Caller.NOBODY
        : new Caller.Named(name, state.revision(), Caller.Proof.CERTIFICATE);
  }

  private @Nullable Caller holder(String token, AuthState state) {
    if (SimpleTokens.position(token) < 0) {
      return null;
    }
    SimpleTokens tokens = book.tokens();
    ByteString digest = SimpleTokens.digest(token);
    String user = tokens.use(digest);
    if (user == null) {
      return null;
    }
    if (tokens.claimRenewal(digest)) {
      var _ =
          sequencer
              .carryOut(new Command.Auth<>(new AuthCommand.RenewToken(digest)))
              .whenComplete((written, refusal) -> {
                if (refusal != null) {
                  // It is written with its next use: others must not end it.
                  tokens.renewalFailed(digest);
                }
              });
    }
    return new Caller.Named(user, state.revision(), new Caller.Proof.Token(digest));
  }

  /** Forgets simple tokens whose time is over; called by the timer. */
  public void endTokens() {
    if (!book.tokens().ended().isEmpty()) {
      // Tokens that end late are looked at again in the next period.
      var _ = sequencer.carryOut(new Command.Auth<>(new AuthCommand.EndTokens()));
    }
  }

  /** Leave to read a range, or the refusal, which is thrown. */
  public ReadPermit permitRead(Credentials credentials, ByteString key, ByteString rangeEnd) {
    AuthState state = book.current();
    if (!state.enabled()) {
      return ReadPermit.FREE;
    }
    Caller caller = caller(credentials, state);
    state.requireRead(caller, KeyRange.of(key, rangeEnd));
    return permit(caller);
  }

  /** Leave for a transaction that only reads: all of both its branches. */
  public ReadPermit permitRead(Credentials credentials, TxnRequest txn) {
    AuthState state = book.current();
    if (!state.enabled()) {
      return ReadPermit.FREE;
    }
    Caller caller = caller(credentials, state);
    for (Compare compare : txn.getCompareList()) {
      state.requireRead(caller, KeyRange.of(compare.getKey(), compare.getRangeEnd()));
    }
    requireReads(state, caller, txn.getSuccessList());
    requireReads(state, caller, txn.getFailureList());
    return permit(caller);
  }

  private static void requireReads(AuthState state, Caller caller, List<RequestOp> ops) {
    for (RequestOp op : ops) {
      RangeRequest range = op.getRequestRange();
      state.requireRead(caller, KeyRange.of(range.getKey(), range.getRangeEnd()));
    }
  }

  private ReadPermit permit(Caller caller) {
    return caller instanceof Caller.Named named
        ? ReadPermit.of(book, named.authRevision())
        : ReadPermit.FREE;
  }

  /**
   * Up to which position the log must have been read for these credentials to be known here; 0 if
   * they need no such thing. Another instance may have issued the token a moment ago.
   */
  long positionToKnow(Credentials credentials) {
    String token = credentials.token();
    return token == null || jwt != null || !shared() ? 0 : SimpleTokens.position(token);
  }
}
