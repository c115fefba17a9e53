package dev.rowan.it.conformance;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import java.nio.charset.StandardCharsets;

/** Short forms of etcd's requests. Each char of a string is one byte. */
public final class Requests {
  /** As a range's end: every key from the first one on. */
  public static final String OPEN = "\0";

  private Requests() {}

  /** The bytes of a string's chars. */
  public static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.ISO_8859_1);
  }

  /** A put. */
  public static PutRequest.Builder put(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value));
  }

  /** A range of one key. */
  public static RangeRequest.Builder get(String key) {
    return RangeRequest.newBuilder().setKey(bytes(key));
  }

  /** A range. */
  public static RangeRequest.Builder range(String key, String end) {
    return get(key).setRangeEnd(bytes(end));
  }

  /** A range of all keys. */
  public static RangeRequest.Builder all() {
    return range("\0", OPEN);
  }

  /** A delete of one key. */
  public static DeleteRangeRequest.Builder delete(String key) {
    return DeleteRangeRequest.newBuilder().setKey(bytes(key));
  }

  /** A delete of a range. */
  public static DeleteRangeRequest.Builder delete(String key, String end) {
    return delete(key).setRangeEnd(bytes(end));
  }

  /** An empty transaction. */
  public static TxnRequest.Builder txn() {
    return TxnRequest.newBuilder();
  }

  /** A transaction that does these. */
  public static TxnRequest.Builder then(RequestOp... ops) {
    TxnRequest.Builder txn = txn();
    for (RequestOp op : ops) {
      txn.addSuccess(op);
    }
    return txn;
  }

  /** An op of a transaction. */
  public static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  /** An op of a transaction. */
  public static RequestOp op(RangeRequest.Builder range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  /** An op of a transaction. */
  public static RequestOp op(DeleteRangeRequest.Builder delete) {
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  /** A transaction in a transaction. */
  public static RequestOp op(TxnRequest.Builder txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  /** A comparison without the value to compare with. */
  public static Compare.Builder compare(CompareResult result, CompareTarget target, String key) {
    return Compare.newBuilder().setResult(result).setTarget(target).setKey(bytes(key));
  }

  /** That a key exists. */
  public static Compare exists(String key) {
    return compare(CompareResult.GREATER, CompareTarget.VERSION, key).setVersion(0).build();
  }

  /** That a key does not exist. */
  public static Compare missing(String key) {
    return compare(CompareResult.EQUAL, CompareTarget.VERSION, key).setVersion(0).build();
  }

  /** A watcher of one key. */
  public static WatchCreateRequest.Builder watch(String key) {
    return WatchCreateRequest.newBuilder().setKey(bytes(key));
  }

  /** A watcher of a range. */
  public static WatchCreateRequest.Builder watch(String key, String end) {
    return watch(key).setRangeEnd(bytes(end));
  }
}
