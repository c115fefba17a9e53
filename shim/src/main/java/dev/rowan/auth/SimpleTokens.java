package dev.rowan.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The simple tokens that are valid: sixteen random letters, a dot, and the position of the
 * log at which the token was issued, from which another instance knows how far it must have read to
 * know the token. Each lasts for a time from its last use. Only digests are kept.
 *
 * <p>Any thread may use a token; the sequencer's thread adds and removes them. What it did since
 * the last {@link #commit} can be taken back by {@link #rollback}; until then others see it, which
 * shows a token early that nobody has yet, or refuses one early.
 *
 * <p>Over a shared log each token is a meta row too, which an instance where the token is used
 * writes again after half its time. Until then nobody else knows of the use, so every instance, the
 * one that wrote the row among them, keeps the token for one and a half times its time from the
 * row: none ends what was used elsewhere within its time.
 *
 * <pre>
 * time 10 s     0        4              10             14   15
 * one           issued   .              .              .    ends, for all
 * other         .        used           .              ends .
 * </pre>
 */
public final class SimpleTokens {
  /** Tokens at a time, of some 200 bytes each; past it, logins are refused. */
  static final int TOKENS_MAX = 1_000_000;

  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final int LETTERS_OF_TOKEN = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final long ttlNanos;
  private final LongSupplier nanoTime;
  private final boolean shared;
  private final Map<ByteString, Token> tokens = new ConcurrentHashMap<>();
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /**
   * Makes an empty set.
   *
   * @param ttl for which a token lasts from its last use
   * @param shared whether other instances must learn of the tokens
   */
  public SimpleTokens(Duration ttl, LongSupplier nanoTime, boolean shared) {
    this.ttlNanos = ttl.toNanos();
    this.nanoTime = nanoTime;
    this.shared = shared;
  }

  /** One token. */
  private static final class Token {
    private final String user;
    private final AtomicLong writtenNanos;
    private volatile long endNanos;

    Token(String user, long now, long endNanos) {
      this.user = user;
      this.writtenNanos = new AtomicLong(now);
      this.endNanos = endNanos;
    }

    /** Two threads may race, a nanosecond apart. */
    void endNotBefore(long nanos) {
      if (nanos - endNanos > 0) {
        endNanos = nanos;
      }
    }
  }

  /** The letters of a new token. */
  static String letters() {
    StringBuilder letters = new StringBuilder(LETTERS_OF_TOKEN);
    for (int i = 0; i < LETTERS_OF_TOKEN; i++) {
      letters.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return letters.toString();
  }

  /** The position in a token's end; -1 if the text has not the form of a token. */
  static long position(String token) {
    int dot = token.indexOf('.');
    if (dot < 0 || dot + 1 == token.length()) {
      return -1;
    }
    for (int i = dot + 1; i < token.length(); i++) {
      if (token.charAt(i) < '0' || token.charAt(i) > '9') {
        return -1;
      }
    }
    try {
      return Long.parseLong(token, dot + 1, token.length(), 10);
    } catch (NumberFormatException e) {
      return -1; // too large
    }
  }

  static ByteString digest(String token) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return UnsafeByteOperations.unsafeWrap(sha.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  boolean shared() {
    return shared;
  }

  int size() {
    return tokens.size();
  }

  /** Uses a token, which lasts from now again. Gives its user, or null if it is not valid. */
  @Nullable String use(ByteString digest) {
    Token token = tokens.get(digest);
    long now = nanoTime.getAsLong();
    if (token == null || token.endNanos - now <= 0) {
      return null;
    }
    token.endNotBefore(now + ttlNanos);
    return token.user;
  }

  /** Whether the token's row is to be written again; true to one caller, once in a while. */
  boolean claimRenewal(ByteString digest) {
    Token token = shared ? tokens.get(digest) : null;
    if (token == null) {
      return false;
    }
    long now = nanoTime.getAsLong();
    long written = token.writtenNanos.get();
    if (now - written <= ttlNanos / 2 || !token.writtenNanos.compareAndSet(written, now)) {
      return false;
    }
    token.endNotBefore(now + lastsNanos());
    return true;
  }

  /** The token's row was not written: the next use is to try again. */
  void renewalFailed(ByteString digest) {
    Token token = tokens.get(digest);
    if (token != null) {
      token.writtenNanos.set(nanoTime.getAsLong() - ttlNanos);
    }
  }

  /** How long a token lasts from its row without being used here. */
  private long lastsNanos() {
    return shared ? ttlNanos + ttlNanos / 2 : ttlNanos;
  }

  /** Whose token it is, valid or not. */
  @Nullable String userOf(ByteString digest) {
    Token token = tokens.get(digest);
    return token == null ? null : token.user;
  }

  /** Adds a token, or renews it: it was issued here, or another instance wrote its row. */
  void add(ByteString digest, String user) {
    long now = nanoTime.getAsLong();
    Token before = tokens.put(digest, new Token(user, now, now + lastsNanos()));
    undo.push(() -> restore(digest, before));
  }

  private void restore(ByteString digest, @Nullable Token before) {
    if (before == null) {
      tokens.remove(digest);
    } else {
      tokens.put(digest, before);
    }
  }

  void remove(ByteString digest) {
    Token before = tokens.remove(digest);
    if (before != null) {
      undo.push(() -> tokens.put(digest, before));
    }
  }

  List<ByteString> all() {
    return new ArrayList<>(tokens.keySet());
  }

  List<ByteString> ofUser(String user) {
    List<ByteString> found = new ArrayList<>();
    tokens.forEach((digest, token) -> {
      if (token.user.equals(user)) {
        found.add(digest);
      }
    });
    return found;
  }

  /** Those whose time is over. Any thread. */
  List<ByteString> ended() {
    List<ByteString> found = new ArrayList<>();
    long now = nanoTime.getAsLong();
    tokens.forEach((digest, token) -> {
      if (token.endNanos - now <= 0) {
        found.add(digest);
      }
    });
    return found;
  }

  void commit() {
    undo.clear();
  }

  void rollback() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }
}
