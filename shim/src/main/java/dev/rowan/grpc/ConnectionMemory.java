package dev.rowan.grpc;

import io.grpc.Attributes;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one gRPC connection makes the server keep: open streams, parts of messages, and answers that
 * the client does not read. Such memory cannot be refused where it arises: an answer that is made
 * must be kept until its client reads. So it is counted, over all connections, and when there is
 * too much, the connection that holds the most is cut. A client that reads what it asks for holds
 * little, whatever others do.
 *
 * <p>Example: with a limit of 1 GiB, one client may leave an answer of 900 MiB unread. When others
 * then need 130 MiB, that client is cut, and they are not.
 *
 * <p>Of one connection's event loop; others read what it holds. The sum is only told in steps, so
 * that a small call costs no shared write.
 */
final class ConnectionMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionMemory.class);

  /** Bytes of an answer, or of a frame of one, that is followed in any case. */
  static final int LARGE_BYTES = 4 * 1024;

  /** Bytes by which what is told may be off. */
  private static final int STEP_BYTES = 16 * 1024;

  /** Where a call finds its connection's. */
  static final Attributes.Key<ConnectionMemory> KEY = Attributes.Key.create("rowan.memory");

  /** Part of the heap, in whose size Netty's buffers are limited too. */
  private static final int HEAP_PART = 2;

  private final Limit limit;
  private final Channel channel;
  private final AtomicBoolean cut = new AtomicBoolean();

  /**
   * Bytes of answers that were made in this turn of the event loop: nobody else counts them yet.
   */
  private final AtomicLong made = new AtomicLong();

  private boolean closed;
  private long bytes;
  private volatile long told;

  private ConnectionMemory(Limit limit, Channel channel) {
    this.limit = limit;
    this.channel = channel;
  }

  /** Counts what the connection holds more, or less if negative. */
  void add(long more) {
    if (closed) {
      return;
    }
    bytes += more;
    if (Math.abs(bytes - told) >= STEP_BYTES) {
      tell(bytes);
    }
  }

  /**
   * Counts an answer before it is handed to grpc, which has it reach the connection only when the
   * event loop has dealt with all the requests that have come: a single read may bring thousands.
   * Any thread.
   */
  void making(int answerBytes) {
    limit.changed(answerBytes);
    if (made.getAndAdd(answerBytes) == 0) {
      try {
        channel.eventLoop().execute(() -> limit.changed(-made.getAndSet(0)));
      } catch (RejectedExecutionException e) {
        limit.changed(-made.getAndSet(0));
      }
    }
  }

  /** Whether it is being cut: nothing need be done for it any more. Any thread. */
  boolean isCut() {
    return cut.get();
  }

  private long holds() {
    return told + made.get();
  }

  private void tell(long now) {
    long change = now - told;
    told = now;
    limit.changed(change);
  }

  private void closed() {
    limit.connections.remove(this);
    closed = true;
    tell(0);
    if (cut.get()) {
      limit.cutting.set(false);
    }
  }

  private void cut() {
    cut.set(true);
    LOG.atWarn()
        .addKeyValue("client", channel.remoteAddress())
        .addKeyValue("bytes", holds())
        .log("cut the connection that holds the most memory: there is too little left");
    // Not through grpc's handlers, which would wait for calls to end.
    channel.eventLoop().execute(() -> channel.unsafe().close(channel.unsafe().voidPromise()));
  }

  /** How much all connections of a port may hold together. Safe for any thread. */
  static final class Limit {
    private final Set<ConnectionMemory> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong held = new AtomicLong();
    private final AtomicBoolean cutting = new AtomicBoolean();
    private final long bytesMax;

    Limit(long bytesMax) {
      this.bytesMax = bytesMax;
    }

    /** Half the heap. */
    static Limit ofProcess() {
      return new Limit(Runtime.getRuntime().maxMemory() / HEAP_PART);
    }

    /** Begins to count a connection, until it is closed. */
    ConnectionMemory of(Channel channel) {
      var memory = new ConnectionMemory(this, channel);
      connections.add(memory);
      channel.closeFuture().addListener(closed -> memory.closed());
      return memory;
    }

    private void changed(long change) {
      long now = held.addAndGet(change);
      if (change > 0 && now > bytesMax && cutting.compareAndSet(false, true)) {
        ConnectionMemory most = null;
        for (ConnectionMemory each : connections) {
          if (most == null || each.holds() > most.holds()) {
            most = each;
          }
        }
        if (most == null) {
          cutting.set(false);
        } else {
          most.cut();
        }
      }
    }

    /** Bytes that all connections hold. */
    long held() {
      return held.get();
    }
  }
}
