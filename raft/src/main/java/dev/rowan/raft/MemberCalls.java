package dev.rowan.raft;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The application's calls of other members. Any thread; nothing waits. */
final class MemberCalls implements AutoCloseable {
  private final PeerLinks links;
  private final RaftConfig.Limits limits;
  private final long memberId;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong openBytes = new AtomicLong();
  private volatile boolean closed;

  MemberCalls(RaftConfig config, PeerLinks links) {
    this.links = links;
    limits = config.limits();
    memberId = config.memberId();
  }

  CompletableFuture<ByteString> call(long peerId, ByteString request, Duration atMost) {
    if (peerId == memberId || request.size() > limits.entryBytesMax()) {
      throw new IllegalArgumentException(
          "a call of another member, of %s bytes at most, not of member %016x, of %s"
              .formatted(limits.entryBytesMax(), peerId, request.size()));
    }
    if (closed) {
      return CompletableFuture.failedFuture(new RaftException.Stopped());
    }
    int calls = open.incrementAndGet();
    long bytes = openBytes.addAndGet(request.size());
    boolean fits = calls <= limits.waitingMax() && bytes <= limits.waitingBytesMax();
    CompletableFuture<ByteString> reply =
        fits
            ? sent(peerId, request, atMost)
            : CompletableFuture.failedFuture(new RaftException.Busy("too many calls are open"));
    var _ =
        reply.whenComplete((body, thrown) -> {
          open.decrementAndGet();
          openBytes.addAndGet(-request.size());
        });
    return reply;
  }

  private CompletableFuture<ByteString> sent(long peerId, ByteString request, Duration atMost) {
    PeerLink link = links.link(peerId);
    if (link == null) {
      return CompletableFuture.failedFuture(
          new RaftException.NotSent("member %016x isn't reached".formatted(peerId)));
    }
    CompletableFuture<ByteString> reply = new CompletableFuture<>();
    var _ =
        link.ask(
                Frame.CALL,
                Payload.ofBytes(request.asReadOnlyByteBuffer()),
                atMost,
                MemberCalls::bytes)
            .whenComplete((body, thrown) -> {
              if (thrown == null) {
                reply.complete(body);
              } else {
                reply.completeExceptionally(failure(PeerError.of(thrown)));
              }
            });
    return reply;
  }

  private static ByteString bytes(ByteBuf body) {
    return ByteString.copyFrom(body.nioBuffer());
  }

  private static RaftException failure(PeerError error) {
    String why = String.valueOf(error.getMessage());
    return switch (error.code()) {
      case NOT_SENT, NOT_LEADER, REFUSED -> new RaftException.NotSent(why);
      case UNREACHABLE, FAILED -> new RaftException.UnknownOutcome(why);
    };
  }

  @Override
  public void close() {
    closed = true;
  }
}
