package dev.rowan.maintenance;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.auth.SimpleTokens;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.Change;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.LoadedStore;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.Garbage;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Assertions;

/** A store over a SQLite file that is written, compacted and pruned step by step. */
final class SmallStore implements AutoCloseable {
  static final long MEMBER = 9;
  private static final Duration CALL_MAX = Duration.ofSeconds(30);

  final RevisionLog log;
  final LoadedStore loaded;
  final Sequencer sequencer;
  private BiConsumer<KeyIndexView, List<Change>> listener = (view, changes) -> {};

  SmallStore(Path folder) throws LogException {
    this(Endpoint.parse("", folder).open(true));
  }

  /** Takes a log over. */
  SmallStore(RevisionLog log) throws LogException {
    this.log = log;
    loaded =
        LoadedStore.load(
            log,
            new AuthBook(new SimpleTokens(Duration.ofMinutes(5), System::nanoTime, false)),
            System::nanoTime,
            Duration.ZERO);
    sequencer =
        new Sequencer(
            log,
            loaded,
            Identity.of(loaded.head().clusterId(), 1, 2),
            new Values(log, 1 << 20),
            (view, changes) -> listener.accept(view, changes),
            new Metrics("test"),
            CALL_MAX,
            Assertions::fail);
    sequencer.start();
  }

  /** Told of later commits. */
  void listen(BiConsumer<KeyIndexView, List<Change>> newListener) {
    listener = newListener;
  }

  KeyIndexView view() {
    return loaded.index().view();
  }

  /** Carries out a command; a refusal is thrown. */
  <R> R run(Command<R> command) {
    return await(sequencer.carryOut(command));
  }

  static <R> R await(CompletableFuture<R> answer) {
    try {
      return answer.get(CALL_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  void put(String key, String value) {
    put(key, value, 0);
  }

  void put(String key, String value, long leaseId) {
    run(new Command.Put(request(key, value).setLease(leaseId).build()));
  }

  static PutRequest.Builder request(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value));
  }

  static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  void delete(String key) {
    run(new Command.DeleteRange(deletion(key)));
  }

  static DeleteRangeRequest deletion(String key) {
    return DeleteRangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }

  void compact(long revision) {
    await(submit(revision));
  }

  /** Has a compaction wait for its turn. */
  CompletableFuture<CompactionResponse> submit(long revision) {
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision).build();
    return sequencer.carryOut(new Command.Compact(request));
  }

  /** Prunes what the last compaction made garbage, or about so many rows of it. */
  void prune(int rowsMax) {
    long compactRevision = view().compactRevision();
    Garbage garbage = view().garbage(compactRevision, null, rowsMax);
    if (garbage.ids().length > 0) {
      run(new Command.Prune(garbage, 0, garbage.ids().length, compactRevision));
    }
  }

  @Override
  public void close() {
    sequencer.close();
    log.close();
  }
}
