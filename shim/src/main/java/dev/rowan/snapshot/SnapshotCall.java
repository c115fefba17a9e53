package dev.rowan.snapshot;

import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

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

  private final ServerCallStreamObserver<SnapshotResponse> call;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Takes a call over, before the method that was called returns. */
  SnapshotCall(ServerCallStreamObserver<SnapshotResponse> call) {
    this.call = call;
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

  /** Waits until there is room. Returns false if the client has gone, or takes nothing. */
  boolean awaitRoom() throws InterruptedException {
    long nanos = STALL_MAX.toNanos();
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
