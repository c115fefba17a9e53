package dev.rowan.mvcc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The commands that wait for the {@link Sequencer}, in order. Any thread adds, one takes. */
final class Backlog {
  /** Commands that wait at most; etcd refuses at a backlog of 5,000 too (C-10). */
  private static final int COMMANDS_MAX = 10_000;

  /** Bytes that wait at most: 40 requests of the greatest size that a client may send. */
  private static final long BYTES_MAX = 64L << 20;

  /** Commands in a batch at most: keeps a commit, and so everybody's wait, to some milliseconds. */
  private static final int BATCH_COMMANDS_MAX = 1_000;

  private final ArrayBlockingQueue<Proposal<?>> queue = new ArrayBlockingQueue<>(COMMANDS_MAX);
  private final AtomicLong bytes = new AtomicLong();

  /** Adds one; false if there is no room for it. */
  boolean offer(Proposal<?> proposal) {
    long size = proposal.command().sizeBytes();
    if (bytes.get() + size > BYTES_MAX || !queue.offer(proposal)) {
      return false;
    }
    bytes.addAndGet(size);
    return true;
  }

  /** Takes one back; false if it is not here any more. */
  boolean remove(Proposal<?> proposal) {
    return queue.remove(proposal);
  }

  /** Waits for one; null if none comes in time. It still counts until it is gathered. */
  @Nullable Proposal<?> poll(Duration atMost) throws InterruptedException {
    return queue.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Those that nobody has answered yet, as many as a batch takes.
   *
   * @param first which was polled; null for none
   */
  List<Proposal<?>> gather(@Nullable Proposal<?> first) {
    List<Proposal<?>> batch = new ArrayList<>();
    long gathered = 0;
    Proposal<?> next = first == null ? queue.poll() : first;
    while (next != null) {
      int size = next.command().sizeBytes();
      bytes.addAndGet(-size);
      gathered += size;
      if (!next.closed()) {
        batch.add(next);
      }
      next =
          batch.size() < BATCH_COMMANDS_MAX && gathered < BatchCommit.BATCH_BYTES_MAX
              ? queue.poll()
              : null;
    }
    return batch;
  }

  /** All that are left. */
  List<Proposal<?>> drain() {
    List<Proposal<?>> left = new ArrayList<>();
    queue.drainTo(left);
    return left;
  }

  void forEach(Consumer<Proposal<?>> action) {
    queue.forEach(action);
  }

  int size() {
    return queue.size();
  }

  long bytes() {
    return bytes.get();
  }
}
