package dev.rowan.kv;

import com.google.protobuf.MessageLite;
import dev.rowan.auth.Authenticator;
import dev.rowan.auth.Caller;
import dev.rowan.auth.Credentials;
import dev.rowan.auth.ReadPermit;
import dev.rowan.cluster.Identity;
import dev.rowan.compaction.Pruner;
import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.maintenance.Quota;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.Selection;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.State;
import dev.rowan.mvcc.TxnEvaluator;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RangeStreamResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * The KV service. Writes go to the sequencer and are answered from it; a range whose values are in
 * memory is answered in place, on the event loop; what needs the database goes to the readers.
 */
public final class KvService extends KVGrpc.KVImplBase {
  /**
   * Times that a read of the newest state is begun again because its rows were pruned meanwhile.
   */
  private static final int ATTEMPTS_MAX = 10;

  /**
   * Rows answered on the event loop at most: a larger answer would hold up the loop's other calls.
   */
  private static final int ROWS_IN_PLACE_MAX = 1_000;

  private final Identity identity;
  private final Authenticator authenticator;
  private final RequestChecks checks;
  private final KeyIndex index;
  private final Values values;
  private final Sequencer sequencer;
  private final ReadGate gate;
  private final Pruner pruner;
  private final Quota quota;
  private final Readers readers;

  /** Makes the service over one store; {@code readers} runs what asks the database. */
  public KvService(
      Identity identity,
      Authenticator authenticator,
      RequestChecks checks,
      KeyIndex index,
      Values values,
      Sequencer sequencer,
      ReadGate gate,
      Pruner pruner,
      Quota quota,
      Readers readers) {
    this.identity = identity;
    this.authenticator = authenticator;
    this.checks = checks;
    this.index = index;
    this.values = values;
    this.sequencer = sequencer;
    this.gate = gate;
    this.pruner = pruner;
    this.quota = quota;
    this.readers = readers;
  }

  @Override
  public void range(RangeRequest request, StreamObserver<RangeResponse> reply) {
    try {
      checks.range(request);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
      return;
    }
    Credentials credentials = Credentials.current();
    read(request.getSerializable(), () -> range(request, credentials, reply), reply);
  }

  /**
   * Whether a range may be looked up on the event loop: not where many keys are walked for it. An
   * older state of many keys may have to be counted key by key.
   */
  private boolean inPlace(RangeRequest request) {
    if (request.getRangeEnd().isEmpty()) {
      return true;
    }
    if (request.getRevision() > 0) {
      return false;
    }
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    return request.getCountOnly()
        || Selection.walksAtMost(request, ROWS_IN_PLACE_MAX)
        || range.empty()
        || index.view().count(range.from(), range.to()) <= ROWS_IN_PLACE_MAX;
  }

  private void range(
      RangeRequest request, Credentials credentials, StreamObserver<RangeResponse> reply) {
    try {
      ReadPermit permit =
          authenticator.permitRead(credentials, request.getKey(), request.getRangeEnd());
      if (inPlace(request)) {
        rangeInPlace(request, permit, reply);
      } else {
        readers.run(timed -> rangeInPlace(request, permit, timed), reply);
      }
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private void read(boolean serializable, Runnable read, StreamObserver<?> reply) {
    if (serializable && !authenticator.behind()) {
      read.run();
      return;
    }
    gate.whenCurrent(
        new ReadGate.Read() {
          @Override
          public void run() {
            read.run();
          }

          @Override
          public void refuse(EtcdException refusal) {
            reply.onError(refusal);
          }
        });
  }

  private void rangeInPlace(
      RangeRequest request, ReadPermit permit, StreamObserver<RangeResponse> reply) {
    try {
      KeyIndexView view = index.view();
      Selection selection = Selection.of(request, view, view.revision(), view.compactRevision());
      @Nullable KeyValue[] rows = values.cached(selection.ids());
      if (rows.length > ROWS_IN_PLACE_MAX || missing(rows)) {
        readers.run(timed -> rangeFromLog(request, permit, view, selection, rows, timed), reply);
      } else {
        RangeResponse.Builder response = selection.answer(rows);
        permit.confirm();
        answer(reply, response.setHeader(identity.header(view.revision())).build());
      }
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private static boolean missing(@Nullable KeyValue[] rows) {
    for (@Nullable KeyValue row : rows) {
      if (row == null) {
        return true;
      }
    }
    return false;
  }

  private void rangeFromLog(
      RangeRequest request,
      ReadPermit permit,
      KeyIndexView view,
      Selection selection,
      @Nullable KeyValue[] rows,
      StreamObserver<RangeResponse> reply)
      throws LogException {
    values.read(selection.ids(), rows);
    if (missing(rows) && request.getRevision() <= 0) {
      // Rows of that view were overwritten, compacted and pruned meanwhile: read the newest again.
      rangeInPlace(request, permit, reply);
      return;
    }
    RangeResponse.Builder response = selection.answer(rows);
    permit.confirm();
    answer(reply, response.setHeader(identity.header(view.revision())).build());
  }

  private static <R> void answer(StreamObserver<R> reply, R response) {
    reply.onNext(response);
    reply.onCompleted();
  }

  @Override
  public void rangeStream(RangeRequest request, StreamObserver<RangeStreamResponse> reply) {
    try {
      checks.rangeStream(request);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
      return;
    }
    ServerCallStreamObserver<RangeStreamResponse> call =
        (ServerCallStreamObserver<RangeStreamResponse>) reply;
    RangeStream stream =
        new RangeStream(request, identity, index, values, readers, checks.requestBytesMax(), call);
    call.setOnReadyHandler(stream::resume);
    call.setOnCancelHandler(() -> {}); // else a chunk to a client that has left throws
    Credentials credentials = Credentials.current();
    read(request.getSerializable(), () -> start(stream, request, credentials, reply), reply);
  }

  private void start(
      RangeStream stream, RangeRequest request, Credentials credentials, StreamObserver<?> reply) {
    try {
      stream.start(authenticator.permitRead(credentials, request.getKey(), request.getRangeEnd()));
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  /** C-11: the token is looked at before the size. */
  private <R> void submit(Command<R> command, MessageLite request, StreamObserver<R> reply) {
    Caller caller = authenticator.caller(Credentials.current());
    checks.size(request);
    sequencer.submit(command, caller, reply);
  }

  @Override
  public void put(PutRequest request, StreamObserver<PutResponse> reply) {
    if (!quota.allows(request)) {
      quota.refuse(reply);
      return;
    }
    try {
      checks.put(request);
      submit(new Command.Put(request), request, reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  @Override
  public void deleteRange(DeleteRangeRequest request, StreamObserver<DeleteRangeResponse> reply) {
    try {
      checks.deleteRange(request);
      submit(new Command.DeleteRange(request), request, reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  @Override
  public void txn(TxnRequest request, StreamObserver<TxnResponse> reply) {
    if (!quota.allows(request)) {
      quota.refuse(reply);
      return;
    }
    try {
      checks.txn(request);
      if (RequestChecks.readOnly(request)) {
        Credentials credentials = Credentials.current();
        boolean serializable = RequestChecks.serializable(request);
        read(serializable, () -> readTxn(request, credentials, reply), reply);
        return;
      }
      submit(new Command.Txn(request), request, reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private void readTxn(
      TxnRequest request, Credentials credentials, StreamObserver<TxnResponse> reply) {
    try {
      ReadPermit permit = authenticator.permitRead(credentials, request);
      readers.run(
          timed -> {
            TxnResponse response = readTxn(request);
            permit.confirm();
            answer(timed, response);
          },
          reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private TxnResponse readTxn(TxnRequest request) throws LogException {
    for (int attempt = 1; ; attempt++) {
      KeyIndexView view = index.view();
      try {
        return TxnEvaluator.read(request, new State.Published(view, values))
            .setHeader(identity.header(view.revision()))
            .build();
      } catch (EtcdException refusal) {
        boolean prunedMeanwhile =
            refusal.error() == EtcdError.COMPACTED
                && view.compactRevision() < index.view().compactRevision();
        if (!prunedMeanwhile || attempt == ATTEMPTS_MAX) {
          throw refusal;
        }
      }
    }
  }

  @Override
  public void compact(CompactionRequest request, StreamObserver<CompactionResponse> reply) {
    try {
      submit(
          new Command.Compact(request),
          request,
          request.getPhysical() ? pruner.afterPruning(reply) : reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }
}
