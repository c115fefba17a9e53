package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Brings calls to other members: {@link RaftCarrier}, or within a process. Any thread; never waits.
 */
public interface Carrier {
  /**
   * Has another member carry out a call.
   *
   * @return its reply; fails with {@link Undelivered} if the call never got there and never will,
   *     with anything else if nobody knows what became of it
   */
  CompletableFuture<ByteString> carry(long memberId, ByteString call, Duration atMost);
}
