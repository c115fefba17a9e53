package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.compare;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;

import com.google.protobuf.ByteString;
import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.PutRequest;
import java.util.List;

/** C-9: the sizes of requests at their limits. */
public final class LimitCases {
  /** etcd's default of --max-request-bytes. */
  private static final int REQUEST_BYTES_MAX = 1_572_864;

  /** The transport's limit: 512 KiB above. */
  private static final int MESSAGE_BYTES_MAX = REQUEST_BYTES_MAX + 512 * 1024;

  /**
   * etcd measures a put with a header of its own, whose length varies by a few bytes from server to
   * server; nearer to the limit than this, two etcds differ.
   */
  private static final int HEADER_BYTES_MAX = 40;

  private LimitCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("C-9 a put at the limit of a request", LimitCases::requests),
        new Case("C-9 a message at the limit of the transport", LimitCases::messages),
        new Case("C-9 a read has only the transport's limit", LimitCases::reads),
        new Case("C-9 the order of checks of a large request", LimitCases::order));
  }

  /** A put whose message has this size. */
  private static PutRequest.Builder ofSize(int bytes) {
    PutRequest.Builder put = put("k", "");
    int value = bytes - put.build().getSerializedSize() - 1;
    put.setValue(ByteString.copyFrom(new byte[value]));
    int over = put.build().getSerializedSize() - bytes;
    return put.setValue(ByteString.copyFrom(new byte[value - over]));
  }

  private static void requests(Side s) {
    s.put(ofSize(REQUEST_BYTES_MAX - HEADER_BYTES_MAX));
    s.put(ofSize(REQUEST_BYTES_MAX));
    s.put(ofSize(REQUEST_BYTES_MAX + 1));
    s.put(ofSize(REQUEST_BYTES_MAX + 1000));
    s.txn(then(op(ofSize(REQUEST_BYTES_MAX - HEADER_BYTES_MAX))));
    s.txn(then(op(ofSize(REQUEST_BYTES_MAX))));
    s.range(all());
  }

  private static void messages(Side s) {
    s.put(ofSize(MESSAGE_BYTES_MAX - 1));
    s.put(ofSize(MESSAGE_BYTES_MAX));
    s.put(ofSize(MESSAGE_BYTES_MAX + 1));
    s.put(ofSize(MESSAGE_BYTES_MAX + 1_000_000));
    s.put(put("after", "still connected"));
    s.range(all());
  }

  private static void reads(Side s) {
    byte[] large = new byte[REQUEST_BYTES_MAX + 1000];
    s.range(get("k").setRangeEnd(ByteString.copyFrom(large)));
    var compare = compare(CompareResult.EQUAL, CompareTarget.VALUE, "k");
    s.txn(txn().addCompare(compare.setValue(ByteString.copyFrom(large))));
    s.txn(
        txn()
            .addCompare(compare.setValue(ByteString.copyFrom(large)))
            .addFailure(op(put("a", "1"))));
    s.range(get("k").setKey(ByteString.copyFrom(new byte[MESSAGE_BYTES_MAX])));
  }

  private static void order(Side s) {
    s.put(ofSize(REQUEST_BYTES_MAX + 1000).clearKey());
    s.put(ofSize(REQUEST_BYTES_MAX + 1000).setIgnoreValue(true));
    s.put(ofSize(REQUEST_BYTES_MAX + 1000).setLease(404));
    s.put(ofSize(REQUEST_BYTES_MAX + 1000).setIgnoreLease(true));
  }
}
