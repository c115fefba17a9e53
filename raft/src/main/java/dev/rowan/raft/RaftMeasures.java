package dev.rowan.raft;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a member counted and timed since it was opened: for metrics. Counting costs some nanoseconds
 * and locks nothing. Any thread.
 */
public final class RaftMeasures {
  /** A read index that takes longer is slow, as in etcd, which asks again after that time. */
  private static final Duration SLOW_READ = Duration.ofMillis(500);

  private final ConcurrentMap<Long, OfPeer> peers = new ConcurrentHashMap<>();
  private final LongAdder readsFailed = new LongAdder();
  private final LongAdder readsSlow = new LongAdder();
  private final LongAdder earlyElections = new LongAdder();
  private volatile Observer observer = new Unobserved();

  RaftMeasures() {}

  /** Who is told of each duration, on threads that may not wait. */
  public interface Observer {
    /** The log was written to the disk, and the disk said so. */
    void synced(long nanos);

    /** Another member answered a ping, behind what it was asked before on the connection. */
    void answered(long peerId, long nanos);

    /**
     * Another member's state was received and is on the disk.
     *
     * @param nanos from the request on
     * @param syncNanos of it, for the disk's word
     */
    void received(long nanos, long syncNanos);
  }

  private static final class Unobserved implements Observer {
    @Override
    public void synced(long nanos) {}

    @Override
    public void answered(long peerId, long nanos) {}

    @Override
    public void received(long nanos, long syncNanos) {}
  }

  /** What there was to do with one other member. Any thread. */
  public static final class OfPeer {
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder statesSent = new LongAdder();
    private final LongAdder statesNotSent = new LongAdder();
    private final LongAdder statesReceived = new LongAdder();
    private final LongAdder statesNotReceived = new LongAdder();
    private final AtomicInteger statesUnderWay = new AtomicInteger();
    private volatile boolean connected;

    OfPeer() {}

    void sent(int bytes) {
      bytesSent.add(bytes);
    }

    void received(int bytes) {
      bytesReceived.add(bytes);
    }

    void connected(boolean now) {
      connected = now;
    }

    void stateBegins() {
      statesUnderWay.incrementAndGet();
    }

    void stateSent(boolean whole) {
      statesUnderWay.decrementAndGet();
      (whole ? statesSent : statesNotSent).increment();
    }

    void stateReceived(boolean whole) {
      (whole ? statesReceived : statesNotReceived).increment();
    }

    /** Bytes of frames to it, before TLS. */
    public long bytesSent() {
      return bytesSent.sum();
    }

    /** Bytes of frames from it, after TLS. */
    public long bytesReceived() {
      return bytesReceived.sum();
    }

    /** Whole states that it took. */
    public long statesSent() {
      return statesSent.sum();
    }

    /** States that it didn't take to the end. */
    public long statesNotSent() {
      return statesNotSent.sum();
    }

    /** States that are being sent to it. */
    public int statesUnderWay() {
      return statesUnderWay.get();
    }

    /** Whole states that came from it. */
    public long statesReceived() {
      return statesReceived.sum();
    }

    /** States that didn't come to their end, or came damaged. */
    public long statesNotReceived() {
      return statesNotReceived.sum();
    }

    /** Whether it answered the last ping. */
    public boolean connected() {
      return connected;
    }
  }

  OfPeer of(long peerId) {
    return peers.computeIfAbsent(peerId, unknown -> new OfPeer());
  }

  void readIndexAnswered(long nanos, boolean known) {
    if (!known) {
      readsFailed.increment();
    }
    if (nanos > SLOW_READ.toNanos()) {
      readsSlow.increment();
    }
  }

  void stoodEarly() {
    earlyElections.increment();
  }

  Observer observer() {
    return observer;
  }

  /** Has durations told to somebody, from now on. */
  public void tell(Observer told) {
    observer = told;
  }

  /** By member: those that there was anything to do with. */
  public Map<Long, OfPeer> peers() {
    return Map.copyOf(peers);
  }

  /** Questions for the index of a read that no leader answered in time. */
  public long readsFailed() {
    return readsFailed.sum();
  }

  /** Those that took more than half a second, answered or not. */
  public long readsSlow() {
    return readsSlow.sum();
  }

  /** Elections that this member stood for before the leader's silence had told that it is gone. */
  public long earlyElections() {
    return earlyElections.sum();
  }
}
