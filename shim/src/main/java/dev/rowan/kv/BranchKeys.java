package dev.rowan.kv;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The keys that one branch of a transaction would put and delete, those of nested transactions
 * included: a key may not be put twice, nor put and deleted (KV-55, with its quirks).
 */
final class BranchKeys {
  private static final Comparator<ByteString> BYTES =
      ByteString.unsignedLexicographicalComparator();

  private final Set<ByteString> puts = new HashSet<>();
  private final List<DeleteRangeRequest> deletions = new ArrayList<>();

  private BranchKeys() {}

  /** Throws the refusal if the branch names a key twice. */
  static void check(List<RequestOp> branch) {
    if (branch.size() > 1 || branch.stream().anyMatch(RequestOp::hasRequestTxn)) {
      collect(branch);
    }
  }

  private static BranchKeys collect(List<RequestOp> branch) {
    BranchKeys keys = new BranchKeys();
    for (RequestOp op : branch) {
      if (op.hasRequestDeleteRange()) {
        keys.deletions.add(op.getRequestDeleteRange());
      }
    }
    for (RequestOp op : branch) {
      if (op.hasRequestTxn()) {
        keys.nest(op.getRequestTxn());
      }
    }
    for (RequestOp op : branch) {
      if (op.hasRequestPut()) {
        keys.put(op.getRequestPut().getKey());
      }
    }
    return keys;
  }

  private void nest(TxnRequest txn) {
    BranchKeys success = collect(txn.getSuccessList());
    BranchKeys failure = collect(txn.getFailureList());
    success.puts.forEach(this::put);
    for (ByteString key : failure.puts) {
      // Only one of the two branches runs, so both may put the same key.
      if (success.puts.contains(key)) {
        refuseDeleted(key);
      } else {
        put(key);
      }
    }
    deletions.addAll(success.deletions);
    deletions.addAll(failure.deletions);
  }

  private void put(ByteString key) {
    if (!puts.add(key)) {
      throw EtcdError.DUPLICATE_KEY.exception();
    }
    refuseDeleted(key);
  }

  private void refuseDeleted(ByteString key) {
    for (DeleteRangeRequest deletion : deletions) {
      if (covers(deletion, key)) {
        throw EtcdError.DUPLICATE_KEY.exception();
      }
    }
  }

  /** A deletion up to 0x00, of every later key, covers nothing here: etcd's quirk. */
  private static boolean covers(DeleteRangeRequest deletion, ByteString key) {
    if (deletion.getRangeEnd().isEmpty()) {
      return deletion.getKey().equals(key);
    }
    return BYTES.compare(deletion.getKey(), key) <= 0
        && BYTES.compare(key, deletion.getRangeEnd()) < 0;
  }
}
