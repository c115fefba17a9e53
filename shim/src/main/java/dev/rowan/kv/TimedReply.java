package dev.rowan.kv;

import dev.rowan.tracing.CallTrace;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The answer to one unary call, given once by whoever comes first: the read, or the timer. What
 * comes later is dropped. Of those who answer, each uses one thread.
 */
final class TimedReply<R> implements StreamObserver<R> {
  private final StreamObserver<R> reply;
  private final long deadlineNanos;
  private final CallTrace trace;
  private final Set<TimedReply<?>> waiting;
  private final AtomicBoolean answered = new AtomicBoolean();

  /** Makes an answer that is in {@code waiting} until it is given. */
  TimedReply(
      StreamObserver<R> reply, long deadlineNanos, CallTrace trace, Set<TimedReply<?>> waiting) {
    this.reply = reply;
    this.deadlineNanos = deadlineNanos;
    this.trace = trace;
    this.waiting = waiting;
    waiting.add(this);
  }

  boolean late(long nowNanos) {
    return deadlineNanos - nowNanos <= 0;
  }

  /** Nobody is answered through this any more. Returns whether nobody was yet. */
  boolean withdraw() {
    boolean first = answered.compareAndSet(false, true);
    if (first) {
      waiting.remove(this);
      trace.leave();
    }
    return first;
  }

  /** Gives the one response, and ends the call. */
  @Override
  public void onNext(R response) {
    if (withdraw()) {
      reply.onNext(response);
      reply.onCompleted();
    }
  }

  @Override
  public void onError(Throwable refusal) {
    if (withdraw()) {
      reply.onError(refusal);
    }
  }

  /** The response has ended the call already. */
  @Override
  public void onCompleted() {}
}
