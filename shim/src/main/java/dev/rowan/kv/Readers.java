package dev.rowan.kv;

import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.tracing.CallTrace;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the reads that may ask the database, on the readers' threads. A database that says nothing
 * holds a thread for as long as its driver waits, but not a caller: he is refused when the time of
 * a request is over, whether his read waits for a thread or for the database. Any thread.
 */
public final class Readers {
  private static final Logger log = LoggerFactory.getLogger(Readers.class);

  private final Executor executor;
  private final long timeoutNanos;
  private final Set<TimedReply<?>> waiting = ConcurrentHashMap.newKeySet();

  /**
   * Makes readers on given threads.
   *
   * @param executor refuses what it has no room for
   */
  public Readers(Executor executor, Duration requestTimeout) {
    this.executor = executor;
    this.timeoutNanos = requestTimeout.toNanos();
  }

  /** A read that answers. */
  public interface Task<R> {
    void run(StreamObserver<R> reply) throws LogException;
  }

  /**
   * Has a read run, and failures of it answered.
   *
   * @throws EtcdException if too many wait already
   */
  public <R> void run(Task<R> task, StreamObserver<R> reply) {
    CallTrace trace = CallTrace.current();
    TimedReply<R> timed = new TimedReply<>(reply, System.nanoTime() + timeoutNanos, trace, waiting);
    trace.enter(CallTrace.Stage.READ_DATABASE);
    try {
      runPiece(task, timed);
    } catch (EtcdException refusal) {
      timed.withdraw();
      throw refusal;
    }
  }

  /** Refuses those whose time is over at a time; called by the timer. */
  public void refuseLate(long nowNanos) {
    for (TimedReply<?> reply : waiting) {
      if (reply.late(nowNanos)) {
        reply.onError(EtcdError.TIMED_OUT.exception());
      }
    }
  }

  /**
   * Has a piece of a stream made, and failures of it answered. It has no time of its own: how long
   * a stream may take is its client's to say.
   *
   * @throws EtcdException if too many wait already
   */
  <R> void runPiece(Task<R> task, StreamObserver<R> stream) {
    try {
      executor.execute(() -> runNow(task, stream));
    } catch (RejectedExecutionException e) {
      throw EtcdError.TOO_MANY_REQUESTS.exception();
    }
  }

  private static <R> void runNow(Task<R> task, StreamObserver<R> reply) {
    try {
      task.run(reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    } catch (LogException.Corrupt e) {
      log.atError().setCause(e).log("the store is damaged");
      reply.onError(EtcdError.CORRUPT.exception());
    } catch (LogException e) {
      reply.onError(EtcdError.TIMED_OUT.exception());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a read failed");
      reply.onError(EtcdError.INTERNAL.exception());
    }
  }
}
