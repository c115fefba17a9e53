package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The connections to the other members, made when they are needed. Any thread; nothing waits. */
final class PeerLinks implements AutoCloseable {
  private final RaftConfig config;
  private final int frameBytesMax;
  private final PeerThreads threads;
  private final RaftMeasures measures;
  private final LongConsumer refused;
  private final Map<Long, String> addresses = new ConcurrentHashMap<>();
  private final Map<Long, Entry> links = new ConcurrentHashMap<>();
  private volatile boolean closed;

  private record Entry(PeerLink link, String address, long madeNanos) {}

  PeerLinks(
      RaftConfig config,
      int frameBytesMax,
      PeerThreads threads,
      RaftMeasures measures,
      LongConsumer refused) {
    this.config = config;
    this.frameBytesMax = frameBytesMax;
    this.threads = threads;
    this.measures = measures;
    this.refused = refused;
  }

  /** Another address cuts the connection to the old one. */
  void address(long peerId, String address) {
    String old = addresses.put(peerId, address);
    Entry entry = links.get(peerId);
    if (old != null && !old.equals(address) && entry != null) {
      entry.link().close();
    }
  }

  /**
   * The connection to a member, or null if its address isn't known, or if the last try is so recent
   * that the next would only fill the log.
   */
  @Nullable PeerLink link(long peerId) {
    String address = addresses.get(peerId);
    if (address == null || closed) {
      return null;
    }
    Entry entry = links.get(peerId);
    if (entry == null || !entry.link().isOpen()) {
      entry = links.compute(peerId, (id, known) -> renewed(id, known, address));
    }
    return entry.link().isOpen() ? entry.link() : null;
  }

  private Entry renewed(long peerId, @Nullable Entry known, String address) {
    long now = System.nanoTime();
    if (known != null) {
      boolean recent = now - known.madeNanos() < config.timing().heartbeat().toNanos();
      if (known.link().isOpen() || (recent && known.address().equals(address))) {
        return known;
      }
    }
    return new Entry(fresh(peerId, address), address, now);
  }

  /** Whether there is no connection to a member, because the last try was refused. */
  boolean nobodyListens(long peerId) {
    Entry entry = links.get(peerId);
    return entry != null && entry.link().nobodyListens();
  }

  /** A connection for one purpose; the caller closes it. */
  PeerLink fresh(long peerId, String address) {
    return new PeerLink(
        config, peerId, address, frameBytesMax, threads, measures.of(peerId), refused);
  }

  @Nullable String address(long peerId) {
    return addresses.get(peerId);
  }

  /** A call over the connection to a member. */
  <T> CompletableFuture<T> call(
      long peerId, byte kind, Payload body, Duration atMost, Function<ByteBuf, T> decoder) {
    PeerLink link = link(peerId);
    if (link == null) {
      Entry last = links.get(peerId);
      String why = last == null ? "its address isn't known" : last.link().failure();
      return CompletableFuture.failedFuture(
          new PeerError(
              PeerError.Code.UNREACHABLE, "member %016x isn't reached: %s".formatted(peerId, why)));
    }
    return link.call(kind, body, atMost, decoder);
  }

  @Override
  public void close() {
    closed = true;
    links.values().forEach(entry -> entry.link().close());
  }
}
