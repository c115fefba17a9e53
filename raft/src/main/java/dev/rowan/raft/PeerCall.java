package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits for its reply. Any thread, but the reply is the event loop's.
 *
 * <p>If it fails it was either never sent, and never will be, or nobody knows whether it was
 * carried out.
 */
final class PeerCall<T> {
  /** Bytes of a reply in parts at most; an answer to a client of more would reach nobody. */
  private static final int REPLY_BYTES_MAX = 1 << 30;

  private enum State {
    WAITING,
    SENT,
    OVER
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
  private final CompletableFuture<T> future = new CompletableFuture<>();
  private final Function<ByteBuf, T> decoder;

  /** What is there of a reply in parts. */
  private @Nullable ByteBuf parts;

  /**
   * @param decoder reads the reply's body, which is valid for so long only
   */
  PeerCall(Function<ByteBuf, T> decoder) {
    this.decoder = decoder;
  }

  CompletableFuture<T> future() {
    return future;
  }

  /** Whether it is to be sent, now: not if it has failed already. */
  boolean send() {
    return state.compareAndSet(State.WAITING, State.SENT);
  }

  /** The connection is gone, or the time is over. */
  void fail(String why) {
    boolean never = state.getAndSet(State.OVER) == State.WAITING;
    future.completeExceptionally(
        new PeerError(never ? PeerError.Code.NOT_SENT : PeerError.Code.UNREACHABLE, why));
  }

  /** The other said so. */
  void refused(PeerError refusal) {
    future.completeExceptionally(refusal);
  }

  /** More of the reply follows. */
  void part(ByteBuf part) {
    ByteBuf known = parts == null ? Unpooled.buffer(2 * part.readableBytes()) : parts;
    parts = known;
    if (part.readableBytes() > REPLY_BYTES_MAX - known.readableBytes()) {
      parts = null;
      fail("the reply has more than " + REPLY_BYTES_MAX + " bytes");
    } else if (!future.isDone()) {
      known.writeBytes(part);
    }
  }

  /** The reply, or its end. */
  void complete(ByteBuf body) {
    if (parts != null) {
      part(body);
    }
    try {
      future.complete(decoder.apply(parts != null ? parts : body));
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
  }
}
