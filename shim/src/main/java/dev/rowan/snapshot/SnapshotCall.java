package dev.rowan.snapshot;

import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * One call, sent to by one thread that may wait until the client takes more; told of readiness and
 * cancellation on an event loop.
 */
final class SnapshotCall {
  /**
   * How long a client may take nothing before it is given up: it keeps a file as large as the
   * store, and a place that another snapshot waits for.
   */
  private static final Duration STALL_MAX = Duration.ofMinutes(5);

  /**
   * Bytes that a client must take in each second on the whole, beside {@link #STALL_MAX} once: one
   * that takes a little now and then keeps file and place as well. 2 GiB may take 2.3 hours.
   */
  private static final long BYTES_PER_SECOND_MIN = 256L << 10;

  private final ServerCallStreamObserver<SnapshotResponse> call;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** When the whole file must have been taken. */
  private long deadlineNanos;

  /** Takes a call over, before the method that was called returns. */
  SnapshotCall(ServerCallStreamObserver<SnapshotResponse> call, LongSupplier nanoTime) {
    this.call = call;
    this.nanoTime = nanoTime;
    call.setOnReadyHandler(this::signal);
    call.setOnCancelHandler(this::signal);
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Begins to send so many bytes: the client's time runs from now. */
  void begin(long bytes) {
    Duration time = STALL_MAX.plusSeconds(bytes / BYTES_PER_SECOND_MIN);
    deadlineNanos = nanoTime.getAsLong() + time.toNanos();
  }

  /** Waits until there is room. Returns false if the client has gone, or is too slow. */
  boolean awaitRoom() throws InterruptedException {
    long left = deadlineNanos - nanoTime.getAsLong();
    if (left <= 0) {
      return false;
    }
    long nanos = Math.min(left, STALL_MAX.toNanos());
    lock.lock();
    try {
      while (!call.isReady() && !call.isCancelled() && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
    return call.isReady() && !call.isCancelled();
  }

  void send(SnapshotResponse response) {
    call.onNext(response);
  }

  void complete() {
    call.onCompleted();
  }

  void fail(RuntimeException refusal) {
    if (!call.isCancelled()) {
      call.onError(refusal);
    }
  }
}
