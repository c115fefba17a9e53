package dev.rowan.raft;

import java.io.IOException;
import java.time.Duration;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ratis, to be closed: by whom the member closes, and where it can't go on. Who comes second waits
 * too. Ratis may wait for itself without end if its log was rolled just then; it is left alone
 * then.
 */
final class RatisServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RatisServer.class);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(10);

  private final RaftServer server;

  RatisServer(RaftServer server) {
    this.server = server;
  }

  @Override
  public synchronized void close() {
    try {
      Thread closing = PeerThreads.closing().start(this::closeNow);
      if (!closing.join(CLOSE_MAX)) {
        LOG.warn("Ratis doesn't close; its folder stays locked until the process ends");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeNow() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("Ratis doesn't close: {}", e.toString());
    }
  }
}
