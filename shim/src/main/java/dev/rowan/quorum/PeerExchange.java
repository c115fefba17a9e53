package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import dev.rowan.raft.PeerCalls;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What members ask of each other, told apart by the first byte of a call. Any thread; nothing
 * waits.
 */
final class PeerExchange implements PeerCalls {
  /** Kinds of calls; members of other versions know them by their numbers. */
  enum Kind {
    COMMANDS(1),
    MEMBER_CHANGE(2);

    private final ByteString prefix;

    Kind(int number) {
      prefix = ByteString.copyFrom(new byte[] {(byte) number});
    }
  }

  private final Supplier<ByteString> description;
  private final Map<ByteString, Function<ByteString, CompletableFuture<ByteString>>> handlers =
      new ConcurrentHashMap<>();

  /**
   * Makes one that answers nothing yet.
   *
   * @param description what whoever asks at this member's address is told of it
   */
  PeerExchange(Supplier<ByteString> description) {
    this.description = description;
  }

  /** From now on calls of a kind are answered. */
  void handle(Kind kind, Function<ByteString, CompletableFuture<ByteString>> handler) {
    handlers.put(kind.prefix, handler);
  }

  /** Makes calls of one kind. */
  static Carrier calling(Kind kind, Carrier carrier) {
    return (memberId, call, atMost) -> carrier.carry(memberId, kind.prefix.concat(call), atMost);
  }

  @Override
  public CompletableFuture<ByteString> call(long from, ByteString request) {
    Function<ByteString, CompletableFuture<ByteString>> handler =
        request.isEmpty() ? null : handlers.get(request.substring(0, 1));
    return handler == null
        ? CompletableFuture.failedFuture(
            new IllegalStateException("a call that this member doesn't answer, or not yet"))
        : handler.apply(request.substring(1));
  }

  @Override
  public ByteString describe() {
    return description.get();
  }
}
