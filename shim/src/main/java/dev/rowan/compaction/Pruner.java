package dev.rowan.compaction;

import dev.rowan.auth.Caller;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.index.Garbage;
import dev.rowan.mvcc.index.KeyIndex;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what compaction made unreadable: exactly the rows that the index names, in steps between
 * which writers go on. A pruning that was cut short goes on after the next start, since the index
 * still names what is left.
 *
 * <p>Steps are found on the timer's thread and carried out by the sequencer.
 */
public final class Pruner {
  private static final Logger log = LoggerFactory.getLogger(Pruner.class);

  /** Pause before a step that failed or was refused is tried again. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final KeyIndex index;
  private final Sequencer sequencer;
  private final ScheduledExecutorService timer;
  private final int rowsMax;
  private final Duration pause;
  private final Delay delay;
  private final LongSupplier prunableTo;

  /** Callers that wait until everything below their compact revision is gone. */
  private final List<Waiting> waiting = new ArrayList<>();

  /** The first step, which may be put off for long while nobody waits for it. */
  private @Nullable Future<?> begin;

  private long prunedTo = -1;
  private long pruningTo = -1;

  /** How long a pruning is put off. */
  @FunctionalInterface
  public interface Delay {
    Duration of(boolean awaited);
  }

  private record Waiting(long compactRevision, Runnable done) {}

  /**
   * Makes a pruner.
   *
   * @param rowsMax rows of a step, about ({@code --compaction-batch-limit})
   * @param pause between two steps ({@code --compaction-sleep-interval})
   * @param delay before the first, by whether somebody waits for the pruning
   * @param prunableTo the compact revision that may be pruned to; {@link #compacted} is to be
   *     called when it grows
   */
  public Pruner(
      KeyIndex index,
      Sequencer sequencer,
      ScheduledExecutorService timer,
      int rowsMax,
      Duration pause,
      Delay delay,
      LongSupplier prunableTo) {
    this.index = index;
    this.sequencer = sequencer;
    this.timer = timer;
    this.rowsMax = Math.min(rowsMax, RevisionLog.PRUNE_ROWS_MAX);
    this.pause = pause;
    this.delay = delay;
    this.prunableTo = prunableTo;
  }

  /** Starts pruning if the store has been compacted further than it is pruned. */
  public synchronized void compacted() {
    long to = prunableTo.getAsLong();
    if (pruningTo < 0 && to > prunedTo) {
      pruningTo = to;
      begin = later(() -> find(null), delay.of(!waiting.isEmpty()));
    }
  }

  private @Nullable Future<?> later(Runnable step, Duration delay) {
    Runnable guarded =
        () -> {
          try {
            step.run();
          } catch (RuntimeException e) {
            log.atError().setCause(e).log("a step of pruning failed; it is tried again");
            var _ = later(step, RETRY_AFTER);
          }
        };
    try {
      return timer.schedule(guarded, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("pruning goes on after the next start");
      return null;
    }
  }

  /** Finds the garbage of the next keys. */
  private void find(byte @Nullable [] after) {
    Garbage garbage = index.view().garbage(pruningTo(), after, rowsMax);
    if (garbage.keys().length == 0) {
      finished();
    } else {
      delete(garbage, 0);
    }
  }

  /** Deletes some rows: a key that changed often has more garbage than a step may take. */
  private void delete(Garbage garbage, int from) {
    int to = Math.min(garbage.ids().length, from + rowsMax);
    sequencer.submit(
        new Command.Prune(garbage, from, to, pruningTo()),
        Caller.INTERNAL,
        new StreamObserver<Integer>() {
          @Override
          public void onNext(Integer rows) {
            byte[] next = garbage.next();
            if (to < garbage.ids().length) {
              var _ = later(() -> delete(garbage, to), pause);
            } else if (next == null) {
              finished();
            } else {
              var _ = later(() -> find(next), pause);
            }
          }

          @Override
          public void onError(Throwable t) {
            // Refused for now: the same rows again.
            var _ = later(() -> delete(garbage, from), RETRY_AFTER);
          }

          @Override
          public void onCompleted() {}
        });
  }

  private synchronized long pruningTo() {
    return pruningTo;
  }

  private void finished() {
    List<Waiting> done = new ArrayList<>();
    synchronized (this) {
      prunedTo = pruningTo;
      pruningTo = -1;
      waiting.removeIf(w -> w.compactRevision <= prunedTo && done.add(w));
    }
    done.forEach(w -> w.done.run());
    compacted();
  }

  /** Answers a compaction only when all that it made unreadable is deleted (KV-61). */
  public <R> StreamObserver<R> afterPruning(StreamObserver<R> reply) {
    return new StreamObserver<>() {
      @Override
      public void onNext(R response) {
        whenPruned(() -> {
          reply.onNext(response);
          reply.onCompleted();
        });
      }

      @Override
      public void onError(Throwable t) {
        if (t instanceof EtcdException refusal && refusal.error() == EtcdError.COMPACTED) {
          whenPruned(() -> reply.onError(t));
        } else {
          reply.onError(t);
        }
      }

      @Override
      public void onCompleted() {}
    };
  }

  private void whenPruned(Runnable done) {
    long compactRevision = index.view().compactRevision();
    synchronized (this) {
      if (prunedTo < compactRevision) {
        waiting.add(new Waiting(compactRevision, done));
        if (begin != null && begin.cancel(false)) {
          begin = later(() -> find(null), delay.of(true));
        }
        compacted();
        return;
      }
    }
    done.run();
  }
}
