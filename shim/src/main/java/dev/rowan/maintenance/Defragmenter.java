package dev.rowan.maintenance;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Defragments the log (M-3): where it is this instance's alone, between two batches of the
 * sequencer, so that writes wait; a shared one beside them. The size is measured before the answer,
 * so whoever disarms an alarm next finds the room.
 *
 * <p>It can take longer than a client waits, who then asks again. So whoever comes while it is done
 * shares the next time with all others that wait, and that is left out if none of them still does.
 * Any thread may ask; one thread does it.
 */
public final class Defragmenter {
  /** Callers that wait for the next time at most. */
  private static final int WAITING_MAX = 100;

  private static final Logger log = LoggerFactory.getLogger(Defragmenter.class);

  private final Work work;
  private final StoreSize size;
  private final Executor thread;
  private final List<StreamObserver<DefragmentResponse>> waiting = new ArrayList<>();
  private boolean running;

  /** Does it once, and returns when it is done. */
  interface Work {
    void run() throws LogException, InterruptedException;
  }

  /**
   * Makes one.
   *
   * @param thread a thread that nobody else needs
   */
  public Defragmenter(
      RevisionLog revisionLog, Sequencer sequencer, StoreSize size, Executor thread) {
    this(revisionLog.shared() ? revisionLog::defragment : () -> await(sequencer), size, thread);
  }

  Defragmenter(Work work, StoreSize size, Executor thread) {
    this.work = work;
    this.size = size;
    this.thread = thread;
  }

  void defragment(StreamObserver<DefragmentResponse> reply) {
    if (!join(reply)) {
      reply.onError(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private synchronized boolean join(StreamObserver<DefragmentResponse> reply) {
    if (waiting.size() >= WAITING_MAX) {
      return false;
    }
    if (!running) {
      try {
        thread.execute(this::runAll);
      } catch (RejectedExecutionException e) {
        return false;
      }
      running = true;
    }
    waiting.add(reply);
    return true;
  }

  private void runAll() {
    for (List<StreamObserver<DefragmentResponse>> round = next();
        !round.isEmpty();
        round = next()) {
      run(round);
    }
  }

  /** Takes those that wait, but for those that gave up. */
  private synchronized List<StreamObserver<DefragmentResponse>> next() {
    List<StreamObserver<DefragmentResponse>> next =
        waiting.stream().filter(reply -> !cancelled(reply)).toList();
    waiting.clear();
    running = !next.isEmpty();
    return next;
  }

  private static boolean cancelled(StreamObserver<?> reply) {
    return reply instanceof ServerCallStreamObserver<?> call && call.isCancelled();
  }

  private void run(List<StreamObserver<DefragmentResponse>> round) {
    try {
      work.run();
      size.measure();
      log.atInfo()
          .addKeyValue("bytes", size.measured().bytes())
          .addKeyValue("bytesInUse", size.measured().bytesInUse())
          .log("defragmented the database");
      round.forEach(Defragmenter::answer);
    } catch (LogException e) {
      log.atWarn().addKeyValue("error", e.getMessage()).log("the database was not defragmented");
      fail(round, refusal(e).exception());
    } catch (EtcdException refusal) {
      fail(round, refusal);
    } catch (InterruptedException e) {
      fail(round, EtcdError.STOPPED.exception());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("defragmenting failed");
      fail(round, EtcdError.INTERNAL.exception());
    }
  }

  private static EtcdError refusal(LogException e) {
    return switch (e) {
      case LogException.Full _ -> EtcdError.NO_SPACE;
      case LogException.Corrupt _ -> EtcdError.CORRUPT;
      default -> EtcdError.TIMED_OUT;
    };
  }

  private static void answer(StreamObserver<DefragmentResponse> reply) {
    try {
      reply.onNext(DefragmentResponse.getDefaultInstance());
      reply.onCompleted();
    } catch (RuntimeException e) {
      log.atDebug().setCause(e).log("a caller was gone before its answer");
    }
  }

  private static void fail(List<StreamObserver<DefragmentResponse>> round, EtcdException refusal) {
    for (StreamObserver<DefragmentResponse> reply : round) {
      if (!cancelled(reply)) {
        reply.onError(refusal);
      }
    }
  }

  /** Has the sequencer do it, and waits. */
  private static void await(Sequencer sequencer) throws InterruptedException {
    try {
      sequencer.carryOut(new Command.Defragment()).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof EtcdException refusal
          ? refusal
          : new IllegalStateException(e.getCause());
    }
  }
}
