package dev.rowan.maintenance;

import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.LoadedStore;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.HashResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers Hash and HashKV (M-4, M-5), one at a time, on a reader's thread. */
public final class HashCalls {
  /** Pause until the index has taken over a compaction that the log already has. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  private static final Logger log = LoggerFactory.getLogger(HashCalls.class);

  private final Identity identity;
  private final KeyIndex index;
  private final KvHasher hasher;
  private final CompactionHashes compactions;
  private final LongTasks tasks;
  private final ScheduledExecutorService timer;
  private final long timeoutNanos;

  /**
   * Makes what answers.
   *
   * @param timeout how long the index may stay behind the log
   */
  public HashCalls(
      Identity identity,
      KeyIndex index,
      RevisionLog revisionLog,
      CompactionHashes compactions,
      LongTasks tasks,
      ScheduledExecutorService timer,
      Duration timeout) {
    this.identity = identity;
    this.index = index;
    this.hasher = new KvHasher(revisionLog);
    this.compactions = compactions;
    this.tasks = tasks;
    this.timer = timer;
    this.timeoutNanos = timeout.toNanos();
  }

  /** The term is left out: it changes with every start. */
  void hash(StreamObserver<HashResponse> reply) {
    onTasks(
        () -> {
          int hash = hasher.hashAll(LoadedStore.TERM_BUCKET);
          long revision = index.view().revision();
          answer(
              reply,
              HashResponse.newBuilder().setHeader(identity.header(revision)).setHash(hash).build());
        },
        reply);
  }

  void hashKv(HashKVRequest request, StreamObserver<HashKVResponse> reply) {
    Optional<KvHash> known = compactions.at(request.getRevision());
    if (known.isPresent()) {
      answer(reply, known.get(), index.view());
    } else {
      compute(request.getRevision(), reply, System.nanoTime() + timeoutNanos);
    }
  }

  private void compute(long revision, StreamObserver<HashKVResponse> reply, long deadlineNanos) {
    onTasks(
        () -> {
          if (reply instanceof ServerCallStreamObserver<?> call && call.isCancelled()) {
            return;
          }
          KeyIndexView view = index.view();
          check(revision, view);
          Optional<KvHash> hash = hasher.hash(view, revision == 0 ? view.revision() : revision);
          if (hash.isPresent()) {
            answer(reply, hash.get(), view);
          } else {
            computeLater(revision, reply, deadlineNanos);
          }
        },
        reply);
  }

  private static void check(long revision, KeyIndexView view) {
    if (revision > 0 && revision < view.compactRevision()) {
      throw EtcdError.COMPACTED.exception();
    }
    if (revision > view.revision()) {
      throw EtcdError.FUTURE_REVISION.exception();
    }
  }

  private void computeLater(
      long revision, StreamObserver<HashKVResponse> reply, long deadlineNanos) {
    if (System.nanoTime() - deadlineNanos > 0) {
      throw EtcdError.TIMED_OUT.exception();
    }
    var _ =
        timer.schedule(
            () -> compute(revision, reply, deadlineNanos),
            RETRY_AFTER.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  /** What may ask the log. */
  private interface Task {
    void run() throws LogException;
  }

  private void onTasks(Task task, StreamObserver<?> reply) {
    try {
      tasks.execute(() -> run(task, reply));
    } catch (RejectedExecutionException e) {
      reply.onError(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private static void run(Task task, StreamObserver<?> reply) {
    try {
      task.run();
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    } catch (LogException.Corrupt e) {
      log.atError().setCause(e).log("the store is damaged");
      reply.onError(EtcdError.CORRUPT.exception());
    } catch (LogException | RejectedExecutionException e) {
      reply.onError(EtcdError.TIMED_OUT.exception());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("hashing failed");
      reply.onError(EtcdError.INTERNAL.exception());
    }
  }

  private void answer(StreamObserver<HashKVResponse> reply, KvHash hash, KeyIndexView view) {
    answer(
        reply,
        HashKVResponse.newBuilder()
            .setHeader(identity.header(view.revision()))
            .setHash(hash.hash())
            .setCompactRevision(hash.compactRevision())
            .setHashRevision(hash.revision())
            .build());
  }

  private static <R> void answer(StreamObserver<R> reply, R response) {
    reply.onNext(response);
    reply.onCompleted();
  }
}
