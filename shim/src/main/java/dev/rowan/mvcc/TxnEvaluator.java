package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RowId;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.ResponseOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries out puts, deletions and whole transactions against a batch in the making. Everything that
 * can be refused is checked before the first change, so a refused request leaves no trace.
 */
public final class TxnEvaluator {
  private final Draft draft;
  private final Identity identity;

  TxnEvaluator(Draft draft, Identity identity) {
    this.draft = draft;
    this.identity = identity;
  }

  /** Carries out a transaction that writes nothing, against any state. */
  public static TxnResponse.Builder read(TxnRequest txn, State state) throws LogException {
    boolean success = Compares.decide(txn, state).get(0);
    TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(success);
    List<RequestOp> ops = success ? txn.getSuccessList() : txn.getFailureList();
    for (RequestOp op : ops) {
      checkRevision(op.getRequestRange(), state);
    }
    for (RequestOp op : ops) {
      RangeResponse.Builder range =
          range(op.getRequestRange(), state).setHeader(revision(state.revision()));
      response.addResponses(ResponseOp.newBuilder().setResponseRange(range));
    }
    return response;
  }

  private static void checkRevision(RangeRequest range, State state) {
    if (range.getRevision() > state.revision()) {
      throw EtcdError.FUTURE_REVISION.exception();
    }
    if (range.getRevision() != 0 && range.getRevision() < state.compactRevision()) {
      throw EtcdError.COMPACTED.exception();
    }
  }

  private static RangeResponse.Builder range(RangeRequest request, State state)
      throws LogException {
    Selection selection =
        Selection.of(request, state.view(), state.revision(), state.compactRevision());
    return selection.answer(state.values(selection.ids()));
  }

  private static ResponseHeader revision(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }

  /** A put of its own. */
  PutResponse put(PutRequest request) throws LogException {
    draft.begin();
    checkLease(request);
    checkKept(request);
    PutResponse.Builder response = carryOut(request);
    return response.setHeader(identity.header(draft.end())).build();
  }

  /** A deletion of its own. */
  DeleteRangeResponse deleteRange(DeleteRangeRequest request) throws LogException {
    draft.begin();
    checkSubs(subsOf(request));
    DeleteRangeResponse.Builder response = carryOut(request);
    return response.setHeader(identity.header(draft.end())).build();
  }

  /** A transaction of any shape and depth. */
  TxnResponse txn(TxnRequest request) throws LogException {
    draft.begin();
    BitSet branches = Compares.decide(request, draft);
    Path path = new Path(branches);
    checkSubs(path.check(request));
    TxnResponse.Builder response = new Path(branches).carryOut(request);
    return response.setHeader(identity.header(draft.end())).build();
  }

  private void checkSubs(long changes) {
    if (changes > RowId.SUB_MAX) {
      throw EtcdError.TOO_MANY_OPS.exception();
    }
  }

  /** Walks the chosen branches of a transaction and of those nested in it. */
  private final class Path {
    private final BitSet branches;
    private int met;

    Path(BitSet branches) {
      this.branches = branches;
    }

    private List<RequestOp> enter(TxnRequest txn) {
      return branches.get(met++) ? txn.getSuccessList() : txn.getFailureList();
    }

    /** Checks every operation (KV-56) and counts the changes that there can be at most. */
    long check(TxnRequest txn) throws LogException {
      long changes = 0;
      for (RequestOp op : enter(txn)) {
        switch (op.getRequestCase()) {
          case REQUEST_RANGE -> checkRevision(op.getRequestRange(), draft);
          case REQUEST_PUT -> {
            checkLease(op.getRequestPut());
            checkKept(op.getRequestPut());
            changes++;
          }
          case REQUEST_DELETE_RANGE -> changes += subsOf(op.getRequestDeleteRange());
          case REQUEST_TXN -> changes += check(op.getRequestTxn());
          case REQUEST_NOT_SET -> throw EtcdError.KEY_NOT_FOUND.exception();
        }
      }
      return changes;
    }

    TxnResponse.Builder carryOut(TxnRequest txn) throws LogException {
      boolean success = branches.get(met);
      TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(success);
      for (RequestOp op : enter(txn)) {
        response.addResponses(carryOut(op));
      }
      return response;
    }

    private ResponseOp carryOut(RequestOp op) throws LogException {
      ResponseOp.Builder response = ResponseOp.newBuilder();
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> {
          RangeResponse.Builder range = range(op.getRequestRange(), new Within(draft));
          response.setResponseRange(range.setHeader(revision(revisionSoFar())));
        }
        case REQUEST_PUT -> {
          PutResponse.Builder put = TxnEvaluator.this.carryOut(op.getRequestPut());
          response.setResponsePut(put.setHeader(revision(revisionSoFar())));
        }
        case REQUEST_DELETE_RANGE -> {
          DeleteRangeResponse.Builder deletion =
              TxnEvaluator.this.carryOut(op.getRequestDeleteRange());
          response.setResponseDeleteRange(deletion.setHeader(revision(revisionSoFar())));
        }
        case REQUEST_TXN ->
            response.setResponseTxn(
                carryOut(op.getRequestTxn()).setHeader(ResponseHeader.getDefaultInstance()));
        case REQUEST_NOT_SET -> throw EtcdError.KEY_NOT_FOUND.exception();
      }
      return response.build();
    }
  }

  private long revisionSoFar() {
    return draft.changed() ? draft.nextRevision() : draft.revision();
  }

  /** The draft as a later operation of the same transaction reads it: with its earlier writes. */
  private record Within(Draft draft) implements State {
    @Override
    public long revision() {
      return draft.changed() ? draft.nextRevision() : draft.revision();
    }

    @Override
    public long compactRevision() {
      return draft.compactRevision();
    }

    @Override
    public @Nullable KeyEntry live(byte[] key) {
      return draft.live(key);
    }

    @Override
    public KeyIndexView view() {
      return draft.view();
    }

    @Override
    public @Nullable KeyValue[] values(long[] ids) throws LogException {
      return draft.values(ids);
    }
  }

  private void checkLease(PutRequest request) {
    if (request.getLease() != 0 && draft.leases().find(request.getLease()) == null) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
  }

  private void checkKept(PutRequest request) {
    if ((request.getIgnoreValue() || request.getIgnoreLease())
        && draft.live(request.getKey().toByteArray()) == null) {
      throw EtcdError.KEY_NOT_FOUND.exception();
    }
  }

  private long subsOf(DeleteRangeRequest request) {
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    return range.empty() ? 0 : draft.view().count(range.from(), range.to());
  }

  private PutResponse.Builder carryOut(PutRequest request) throws LogException {
    PutResponse.Builder response = PutResponse.newBuilder();
    byte[] key = request.getKey().toByteArray();
    ByteString value = request.getValue();
    long leaseId = request.getLease();
    if (request.getPrevKv() || request.getIgnoreValue() || request.getIgnoreLease()) {
      KeyEntry before = draft.live(key);
      if (before != null) {
        KeyValue previous = rowOf(before);
        value = request.getIgnoreValue() ? previous.getValue() : value;
        leaseId = request.getIgnoreLease() ? before.leaseId() : leaseId;
        if (request.getPrevKv()) {
          response.setPrevKv(previous);
        }
      }
    }
    draft.put(key, request.getKey(), value, leaseId);
    return response;
  }

  private DeleteRangeResponse.Builder carryOut(DeleteRangeRequest request) throws LogException {
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    DeleteRangeResponse.Builder response = DeleteRangeResponse.newBuilder();
    List<KeyEntry> entries = new ArrayList<>();
    if (range.single()) {
      KeyEntry entry = draft.live(range.from());
      if (entry != null) {
        entries.add(entry);
      }
    } else if (!range.empty()) {
      draft
          .view()
          .forEachLive(
              range.from(),
              range.to(),
              (entry, id) -> {
                entries.add(entry);
                return true;
              });
    }
    if (request.getPrevKv()) {
      addRows(entries, response);
    }
    for (KeyEntry entry : entries) {
      draft.delete(entry, range.single() ? request.getKey() : ByteString.copyFrom(entry.key()));
    }
    return response.setDeleted(entries.size());
  }

  private void addRows(List<KeyEntry> entries, DeleteRangeResponse.Builder response)
      throws LogException {
    long[] ids = entries.stream().mapToLong(KeyEntry::id).toArray();
    for (@Nullable KeyValue kv : draft.values(ids)) {
      response.addPrevKvs(present(kv));
    }
  }

  private KeyValue rowOf(KeyEntry entry) throws LogException {
    return present(draft.values(new long[] {entry.id()})[0]);
  }

  private static KeyValue present(@Nullable KeyValue kv) {
    if (kv == null) {
      throw new IllegalStateException("the log lacks the newest row of a live key");
    }
    return kv;
  }
}
