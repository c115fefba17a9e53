package dev.rowan.mvcc;

import dev.rowan.auth.Caller;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.tracing.CallTrace;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command that waits for its place in the order, and who is to be answered. It is answered
 * exactly once: by the sequencer, by the {@link Forwarding} that took it, or by the timer when its
 * time is over.
 */
public final class Proposal<R> {
  private static final Logger log = LoggerFactory.getLogger(Proposal.class);
  private static final VarHandle ANSWERED;

  static {
    try {
      ANSWERED = MethodHandles.lookup().findVarHandle(Proposal.class, "answered", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Command<R> command;
  private final Caller caller;
  private final StreamObserver<R> reply;
  private final long deadlineNanos;
  private final CallTrace trace;

  @SuppressWarnings("UnusedVariable") // through ANSWERED
  private volatile boolean answered;

  Proposal(
      Command<R> command,
      Caller caller,
      StreamObserver<R> reply,
      long deadlineNanos,
      CallTrace trace) {
    this.command = command;
    this.caller = caller;
    this.reply = reply;
    this.deadlineNanos = deadlineNanos;
    this.trace = trace;
  }

  public Command<R> command() {
    return command;
  }

  public Caller caller() {
    return caller;
  }

  /** When its time is over, as {@link System#nanoTime}. */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** What is told of the call that made it. */
  public CallTrace trace() {
    return trace;
  }

  /** Whether nobody waits any more: it was answered, or its caller has gone. */
  public boolean closed() {
    return (boolean) ANSWERED.getAcquire(this)
        || (reply instanceof ServerCallStreamObserver<R> call && call.isCancelled());
  }

  /**
   * Answers with what an evaluator gave, a response or a refusal, whether or not the caller is
   * there still.
   */
  @SuppressWarnings("unchecked") // the evaluator gives each command the response of its type
  public void answer(Object outcome) {
    try {
      if (outcome instanceof EtcdException refusal) {
        fail(refusal);
      } else if (ANSWERED.compareAndSet(this, false, true)) {
        trace.leave();
        reply.onNext((R) outcome);
        reply.onCompleted();
      }
    } catch (RuntimeException e) {
      log.atDebug().setCause(e).log("a caller was gone before its answer");
    }
  }

  public void fail(EtcdException refusal) {
    if (ANSWERED.compareAndSet(this, false, true)) {
      trace.leave();
      reply.onError(refusal);
    }
  }

  public static void failAll(Iterable<Proposal<?>> proposals, EtcdError error) {
    for (Proposal<?> proposal : proposals) {
      try {
        proposal.fail(error.exception());
      } catch (RuntimeException e) {
        log.atDebug().setCause(e).log("a caller was gone before its answer");
      }
    }
  }
}
