package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import dev.rowan.raft.RaftException;
import dev.rowan.raft.RaftMember;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Over the connections that the members have for Raft. Any thread; never waits. */
public final class RaftCarrier implements Carrier {
  private final RaftMember member;

  public RaftCarrier(RaftMember member) {
    this.member = member;
  }

  @Override
  public CompletableFuture<ByteString> carry(long memberId, ByteString call, Duration atMost) {
    return member
        .call(memberId, call, atMost)
        .exceptionallyCompose(thrown -> CompletableFuture.failedFuture(failure(thrown)));
  }

  private static Throwable failure(Throwable thrown) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    return switch (cause) {
      case RaftException.NotSent e -> new Undelivered(e);
      case RaftException.Busy e -> new Undelivered(e);
      case RaftException.Stopped e -> new Undelivered(e);
      default -> cause;
    };
  }
}
