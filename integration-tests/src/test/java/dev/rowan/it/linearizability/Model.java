package dev.rowan.it.linearizability;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.ResponseOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What etcd answers to a request at a state, and what it then does: the part of its API that the
 * clients of these tests use, written from the contract, not from Rowan's code. Used for one
 * request.
 */
final class Model {
  private final Log log;
  private final long before;
  private final NavigableMap<ByteString, KeyValue> state;
  private final List<Event> events = new ArrayList<>();

  private Model(Log log, long before) {
    this.log = log;
    this.before = before;
    this.state = new TreeMap<>(log.at(before));
  }

  /**
   * What a request gives.
   *
   * @param response its headers have a revision only
   * @param events none if it changes nothing
   */
  record Result(Message response, List<Event> events) {}

  /** Carries out a request right after a revision of the log. */
  static Result apply(Message request, Log log, long before) {
    Model model = new Model(log, before);
    Message response =
        switch (request) {
          case PutRequest put -> model.put(put);
          case DeleteRangeRequest delete -> model.delete(delete);
          case RangeRequest range -> model.range(range);
          case TxnRequest txn -> model.txn(txn);
          case LeaseGrantRequest grant -> model.grant(grant);
          case LeaseRevokeRequest revoke -> model.revoke(revoke);
          default -> throw new IllegalArgumentException("not modelled: " + request);
        };
    return new Result(response, model.events);
  }

  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setRevision(before + (events.isEmpty() ? 0 : 1)).build();
  }

  private PutResponse put(PutRequest request) {
    KeyValue old = state.get(request.getKey());
    KeyValue kv =
        KeyValue.newBuilder()
            .setKey(request.getKey())
            .setValue(request.getValue())
            .setLease(request.getLease())
            .setModRevision(before + 1)
            .setCreateRevision(old == null ? before + 1 : old.getCreateRevision())
            .setVersion(old == null ? 1 : old.getVersion() + 1)
            .build();
    state.put(kv.getKey(), kv);
    events.add(Event.newBuilder().setKv(kv).build());
    PutResponse.Builder response = PutResponse.newBuilder().setHeader(header());
    if (request.getPrevKv() && old != null) {
      response.setPrevKv(old);
    }
    return response.build();
  }

  private DeleteRangeResponse delete(DeleteRangeRequest request) {
    List<KeyValue> old = select(state, request.getKey(), request.getRangeEnd());
    old.forEach(this::remove);
    DeleteRangeResponse.Builder response =
        DeleteRangeResponse.newBuilder().setHeader(header()).setDeleted(old.size());
    if (request.getPrevKv()) {
      response.addAllPrevKvs(old);
    }
    return response.build();
  }

  private void remove(KeyValue old) {
    state.remove(old.getKey());
    events.add(
        Event.newBuilder()
            .setType(Event.EventType.DELETE)
            .setKv(KeyValue.newBuilder().setKey(old.getKey()).setModRevision(before + 1))
            .build());
  }

  private RangeResponse range(RangeRequest request) {
    NavigableMap<ByteString, KeyValue> from =
        request.getRevision() > 0 ? log.at(request.getRevision()) : state;
    List<KeyValue> found = select(from, request.getKey(), request.getRangeEnd());
    RangeResponse.Builder response =
        RangeResponse.newBuilder().setHeader(header()).setCount(found.size());
    if (request.getCountOnly()) {
      return response.build();
    }
    boolean more = request.getLimit() > 0 && found.size() > request.getLimit();
    List<KeyValue> page = more ? found.subList(0, (int) request.getLimit()) : found;
    return response.setMore(more).addAllKvs(page).build();
  }

  private static List<KeyValue> select(
      NavigableMap<ByteString, KeyValue> from, ByteString key, ByteString end) {
    return new ArrayList<>(
        from.values().stream().filter(kv -> Keys.contain(key, end, kv.getKey())).toList());
  }

  private TxnResponse txn(TxnRequest request) {
    boolean succeeded = request.getCompareList().stream().allMatch(this::holds);
    TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(succeeded);
    for (RequestOp op : succeeded ? request.getSuccessList() : request.getFailureList()) {
      response.addResponses(op(op));
    }
    return response.setHeader(header()).build();
  }

  private ResponseOp op(RequestOp op) {
    ResponseOp.Builder response = ResponseOp.newBuilder();
    return switch (op.getRequestCase()) {
      case REQUEST_PUT -> response.setResponsePut(put(op.getRequestPut())).build();
      case REQUEST_RANGE -> response.setResponseRange(range(op.getRequestRange())).build();
      case REQUEST_DELETE_RANGE ->
          response.setResponseDeleteRange(delete(op.getRequestDeleteRange())).build();
      case REQUEST_TXN, REQUEST_NOT_SET ->
          throw new IllegalArgumentException("not modelled: " + op);
    };
  }

  private boolean holds(Compare compare) {
    KeyValue found = state.get(compare.getKey());
    if (found == null && compare.getTarget() == Compare.CompareTarget.VALUE) {
      return false;
    }
    KeyValue kv = found == null ? KeyValue.getDefaultInstance() : found;
    int order =
        switch (compare.getTarget()) {
          case VERSION -> Long.compare(kv.getVersion(), compare.getVersion());
          case CREATE -> Long.compare(kv.getCreateRevision(), compare.getCreateRevision());
          case MOD -> Long.compare(kv.getModRevision(), compare.getModRevision());
          case LEASE -> Long.compare(kv.getLease(), compare.getLease());
          case VALUE -> bytewise().compare(kv.getValue(), compare.getValue());
          case UNRECOGNIZED -> throw new IllegalArgumentException("not modelled: " + compare);
        };
    return switch (compare.getResult()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case UNRECOGNIZED -> throw new IllegalArgumentException("not modelled: " + compare);
    };
  }

  private static Comparator<ByteString> bytewise() {
    return ByteString.unsignedLexicographicalComparator();
  }

  private LeaseGrantResponse grant(LeaseGrantRequest request) {
    return LeaseGrantResponse.newBuilder()
        .setHeader(header())
        .setID(request.getID())
        .setTTL(request.getTTL())
        .build();
  }

  private LeaseRevokeResponse revoke(LeaseRevokeRequest request) {
    List<KeyValue> attached =
        state.values().stream().filter(kv -> kv.getLease() == request.getID()).toList();
    attached.forEach(this::remove);
    return LeaseRevokeResponse.newBuilder().setHeader(header()).build();
  }
}
