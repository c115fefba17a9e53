package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a member does for others. */
interface PeerService {

  /** How a one-way call is answered after all, if it was refused. */
  interface Refusal {
    void send();
  }

  /**
   * Carries out a call. Called in the order of the connection, by one thread.
   *
   * @param body valid until this returns
   * @return the reply's body; null for a one-way kind
   */
  @Nullable CompletableFuture<Payload> call(byte kind, long from, ByteBuf body, Refusal refusal)
      throws IOException;
}
