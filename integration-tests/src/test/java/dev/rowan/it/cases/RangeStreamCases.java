package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.range;
import static dev.rowan.it.conformance.Requests.txn;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortOrder;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.util.List;

/** KV-20 to KV-22: RangeStream. */
public final class RangeStreamCases {
  private RangeStreamCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("KV-20 a stream has no custom order and no filters", RangeStreamCases::refused),
        new Case("KV-21 KV-22 small streams", RangeStreamCases::small),
        new Case("KV-21 KV-22 streams in chunks", RangeStreamCases::chunks),
        new Case("KV-21 chunks shrink with large values", RangeStreamCases::large),
        new Case("KV-22 streams at a revision, past, compacted, future", RangeStreamCases::revs));
  }

  private static void refused(Side s) {
    s.put(put("a", "1"));
    s.rangeStream(RangeRequest.newBuilder());
    s.rangeStream(all().setSortOrder(SortOrder.DESCEND));
    s.rangeStream(all().setSortOrder(SortOrder.ASCEND));
    s.rangeStream(all().setSortOrder(SortOrder.ASCEND).setSortTarget(SortTarget.MOD));
    s.rangeStream(all().setSortOrderValue(7));
    s.rangeStream(all().setSortTargetValue(7));
    s.rangeStream(all().setMinModRevision(1));
    s.rangeStream(all().setMaxModRevision(1));
    s.rangeStream(all().setMinCreateRevision(1));
    s.rangeStream(all().setMaxCreateRevision(1));
    s.rangeStream(all().setCountOnly(true).setMinModRevision(1));
    s.rangeStream(all().setSortOrder(SortOrder.DESCEND).setMinModRevision(1));
    s.rangeStream(RangeRequest.newBuilder().setMinModRevision(1));
  }

  private static void small(Side s) {
    s.rangeStream(all());
    s.rangeStream(get("none"));
    s.grant(1000, 5);
    s.put(put("a", "1").setLease(5));
    s.putAll("b", "c");
    s.rangeStream(all());
    s.rangeStream(get("b"));
    s.rangeStream(range("b", "a"));
    s.rangeStream(all().setKeysOnly(true));
    s.rangeStream(all().setCountOnly(true));
    s.rangeStream(all().setCountOnly(true).setLimit(1));
    s.rangeStream(all().setLimit(2));
    s.rangeStream(all().setLimit(3));
    s.rangeStream(all().setLimit(-1).setSerializable(true));
  }

  private static void chunks(Side s) {
    TxnRequest.Builder txn = txn();
    for (int i = 0; i < 100; i++) {
      txn.addSuccess(op(put("k%03d".formatted(i), "v" + i)));
    }
    s.txn(txn);
    s.rangeStream(all());
    for (int limit : new int[] {9, 10, 11, 29, 30, 31, 50, 99, 100, 101}) {
      s.rangeStream(all().setLimit(limit));
    }
    s.rangeStream(range("k010", "k030"));
    s.rangeStream(all().setKeysOnly(true));
    s.rangeStream(all().setCountOnly(true));
  }

  private static void large(Side s) {
    String value = "x".repeat(200_000);
    for (int i = 0; i < 40; i++) {
      s.put(put("k%03d".formatted(i), value));
    }
    s.rangeStream(all());
    s.rangeStream(all().setLimit(25));
    s.rangeStream(all().setKeysOnly(true));
  }

  private static void revs(Side s) {
    for (int i = 0; i < 15; i++) {
      s.put(put("k" + i % 12, "v" + i));
    }
    for (int after = -1; after < 18; after += 3) {
      s.rangeStream(all().setRevision(s.rev(after)));
      s.rangeStream(all().setRevision(s.rev(after)).setLimit(3));
    }
    s.rangeStream(all().setRevision(-1));
    s.compact(s.rev(5));
    s.rangeStream(all().setRevision(s.rev(4)));
    s.rangeStream(all().setRevision(s.rev(5)));
    s.rangeStream(all().setRevision(s.rev(4)).setCountOnly(true));
  }
}
