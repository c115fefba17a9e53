package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.util.concurrent.CompletableFuture;

/**
 * What the application answers when others ask, from when {@link RaftMember#open} returns. Called
 * by threads of their own, which Raft doesn't need; must not wait.
 */
public interface PeerCalls {

  /** Bytes of a description at most: who asks isn't known yet. */
  int DESCRIPTION_BYTES_MAX = 64 << 10;

  /**
   * Carries out what another member asked by {@link RaftMember#call}. Those of one member are
   * handed over in the order in which they were sent, and may be answered in any. If it fails the
   * one that asked learns no more than that the outcome is unknown.
   */
  CompletableFuture<ByteString> call(long from, ByteString request);

  /** What is told to whoever asks by {@link RaftMember#discover}. */
  ByteString describe();
}
