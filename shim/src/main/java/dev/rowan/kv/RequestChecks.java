package dev.rowan.kv;

import com.google.protobuf.MessageLite;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortOrder;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.util.List;

/**
 * What can be refused by looking at a request alone (C-11: before anything else). Throws the
 * refusal.
 *
 * @param txnOpsMax {@code --max-txn-ops}
 * @param requestBytesMax {@code --max-request-bytes}
 */
public record RequestChecks(int txnOpsMax, int requestBytesMax) {
  /** What etcd wraps around a request before it measures it (C-9): header with id, tag, length. */
  private static final int ENVELOPE_BYTES = 18;

  void range(RangeRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    if (request.getSortOrder() == SortOrder.UNRECOGNIZED
        || request.getSortTarget() == SortTarget.UNRECOGNIZED) {
      throw EtcdError.INVALID_SORT_OPTION.exception();
    }
  }

  /** KV-20: a stream goes in key order and skips nothing. */
  void rangeStream(RangeRequest request) {
    range(request);
    boolean keyOrder =
        request.getSortTarget() == SortTarget.KEY && request.getSortOrder() != SortOrder.DESCEND;
    boolean noOrder =
        request.getSortTarget() != SortTarget.KEY && request.getSortOrder() == SortOrder.NONE;
    if (!keyOrder && !noOrder) {
      throw EtcdError.STREAM_SORTED.exception();
    }
    if (request.getMinModRevision() != 0
        || request.getMaxModRevision() != 0
        || request.getMinCreateRevision() != 0
        || request.getMaxCreateRevision() != 0) {
      throw EtcdError.STREAM_FILTERED.exception();
    }
  }

  void put(PutRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
    if (request.getIgnoreValue() && !request.getValue().isEmpty()) {
      throw EtcdError.VALUE_PROVIDED.exception();
    }
    if (request.getIgnoreLease() && request.getLease() != 0) {
      throw EtcdError.LEASE_PROVIDED.exception();
    }
  }

  void deleteRange(DeleteRangeRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
  }

  /** KV-53 to KV-55. */
  void txn(TxnRequest request) {
    shape(request, txnOpsMax);
    BranchKeys.check(request.getSuccessList());
    BranchKeys.check(request.getFailureList());
  }

  private void shape(TxnRequest txn, int opsLeft) {
    int ops =
        Math.max(txn.getCompareCount(), Math.max(txn.getSuccessCount(), txn.getFailureCount()));
    if (ops > opsLeft) {
      throw EtcdError.TOO_MANY_OPS.exception();
    }
    for (Compare compare : txn.getCompareList()) {
      if (compare.getKey().isEmpty()) {
        throw EtcdError.EMPTY_KEY.exception();
      }
    }
    ops(txn.getSuccessList(), opsLeft - ops);
    ops(txn.getFailureList(), opsLeft - ops);
  }

  private void ops(List<RequestOp> ops, int opsLeft) {
    for (RequestOp op : ops) {
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> range(op.getRequestRange());
        case REQUEST_PUT -> put(op.getRequestPut());
        case REQUEST_DELETE_RANGE -> deleteRange(op.getRequestDeleteRange());
        case REQUEST_TXN -> shape(op.getRequestTxn(), opsLeft);
        case REQUEST_NOT_SET -> throw EtcdError.KEY_NOT_FOUND.exception();
      }
    }
  }

  /** C-9, for every request that is written. */
  public void size(MessageLite request) {
    if (request.getSerializedSize() + ENVELOPE_BYTES > requestBytesMax) {
      throw EtcdError.REQUEST_TOO_LARGE.exception();
    }
  }

  /** Whether a transaction can write nothing in either branch and nests no other (KV-57). */
  static boolean readOnly(TxnRequest txn) {
    return onlyRanges(txn.getSuccessList()) && onlyRanges(txn.getFailureList());
  }

  private static boolean onlyRanges(List<RequestOp> ops) {
    return ops.stream().allMatch(RequestOp::hasRequestRange);
  }

  /** Whether a read-only transaction may be answered from what this instance has (KV-57). */
  static boolean serializable(TxnRequest txn) {
    return serializable(txn.getSuccessList()) && serializable(txn.getFailureList());
  }

  private static boolean serializable(List<RequestOp> ops) {
    return ops.stream().allMatch(op -> op.getRequestRange().getSerializable());
  }
}
