package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.range;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortOrder;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import java.util.List;

/** KV-1 to KV-12: Range. */
public final class RangeCases {
  private static final List<SortOrder> ORDERS =
      List.of(SortOrder.NONE, SortOrder.ASCEND, SortOrder.DESCEND);

  private static final List<SortTarget> TARGETS =
      List.of(
          SortTarget.KEY, SortTarget.VERSION, SortTarget.CREATE, SortTarget.MOD, SortTarget.VALUE);

  private RangeCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("KV-1 a range without a key or of an unknown order is refused", RangeCases::bad),
        new Case("KV-2 reads at each revision, past, compacted and future", RangeCases::revisions),
        new Case("KV-3 linearizable and serializable reads", RangeCases::serializable),
        new Case("KV-4 KV-5 KV-7 KV-8 each order, target and limit", RangeCases::orders),
        new Case("KV-5 count ignores limit and filters", RangeCases::counts),
        new Case("KV-6 filters with orders and limits", RangeCases::filters),
        new Case("KV-8 ties keep the keys ascending", RangeCases::ties),
        new Case("KV-9 only the count", RangeCases::countOnly),
        new Case("KV-10 KV-12 only the keys", RangeCases::keysOnly),
        new Case("KV-11 a missing key is no error", RangeCases::missing));
  }

  /** Keys whose orders by each target differ, one with a lease, one deleted. */
  private static void seed(Side s) {
    s.grant(1000, 5);
    for (String key : new String[] {"e", "b", "d", "a", "c", "x"}) {
      s.put(put(key, "v" + (char) ('z' - key.charAt(0) % 7)));
    }
    s.put(put("a", "zz"));
    s.put(put("c", "mm").setLease(5));
    s.put(put("c", "m").setLease(5));
    s.put(put("e", ""));
    s.delete(delete("x"));
  }

  private static void bad(Side s) {
    s.range(RangeRequest.newBuilder());
    s.range(RangeRequest.newBuilder().setRangeEnd(get("b").getKey()));
    s.range(RangeRequest.newBuilder().setRevision(999999));
    for (int number : new int[] {-1, 3, 5, 99}) {
      s.range(get("a").setSortOrderValue(number));
      s.range(get("a").setSortTargetValue(number));
    }
    s.range(RangeRequest.newBuilder().setSortOrderValue(9));
    s.range(get("a").setSortOrderValue(9).setRevision(999999));
  }

  private static void revisions(Side s) {
    seed(s);
    for (int after = -3; after < 14; after++) {
      s.range(all().setRevision(s.rev(after)));
      s.range(get("a").setRevision(s.rev(after)));
    }
    s.range(all().setRevision(-1));
    s.range(all().setRevision(Long.MIN_VALUE));
    s.range(all().setRevision(Long.MAX_VALUE));
    s.compact(s.rev(8));
    for (int after = 5; after < 14; after++) {
      s.range(all().setRevision(s.rev(after)));
      s.range(get("a").setRevision(s.rev(after)).setSerializable(true));
    }
    s.range(all().setRevision(1));
    s.range(all().setRevision(-1));
  }

  private static void serializable(Side s) {
    for (int i = 0; i < 20; i++) {
      s.put(put("k", "v" + i));
      s.range(get("k"));
      s.range(get("k").setSerializable(true));
    }
  }

  private static void orders(Side s) {
    seed(s);
    for (SortOrder order : ORDERS) {
      for (SortTarget target : TARGETS) {
        for (int limit = -1; limit < 7; limit++) {
          s.range(all().setSortOrder(order).setSortTarget(target).setLimit(limit));
        }
        s.range(all().setSortOrder(order).setSortTarget(target).setRevision(s.rev(7)).setLimit(3));
      }
    }
  }

  private static void counts(Side s) {
    seed(s);
    for (long limit : new long[] {Long.MIN_VALUE, -1, 0, 1, 4, 5, 6, Long.MAX_VALUE}) {
      s.range(all().setLimit(limit));
      s.range(all().setLimit(limit).setMinModRevision(s.rev(5)));
      s.range(range("b", "d").setLimit(limit));
    }
  }

  private static void filters(Side s) {
    seed(s);
    for (int low = 0; low < 12; low += 2) {
      for (int limit = 0; limit < 4; limit++) {
        s.range(all().setMinModRevision(s.rev(low)).setLimit(limit));
        s.range(all().setMaxModRevision(s.rev(low)).setLimit(limit));
        s.range(all().setMinCreateRevision(s.rev(low)).setLimit(limit));
        s.range(all().setMaxCreateRevision(s.rev(low)).setLimit(limit));
        s.range(
            all()
                .setMinModRevision(s.rev(low))
                .setMaxModRevision(s.rev(low + 3))
                .setLimit(limit)
                .setSortOrder(SortOrder.DESCEND)
                .setSortTarget(SortTarget.VALUE));
        s.range(
            all()
                .setMinCreateRevision(s.rev(low))
                .setSortTarget(SortTarget.VERSION)
                .setLimit(limit));
      }
    }
    s.range(all().setMinModRevision(-5));
    s.range(all().setMaxModRevision(-5));
    s.range(all().setMinModRevision(s.rev(9)).setMaxModRevision(s.rev(2)));
  }

  private static void ties(Side s) {
    for (String key : new String[] {"f", "b", "d", "a", "c", "e"}) {
      s.put(put(key, key.compareTo("c") < 0 ? "1" : "2"));
    }
    for (SortOrder order : ORDERS) {
      for (SortTarget target : new SortTarget[] {SortTarget.VERSION, SortTarget.VALUE}) {
        s.range(all().setSortOrder(order).setSortTarget(target));
        s.range(all().setSortOrder(order).setSortTarget(target).setLimit(2));
      }
    }
  }

  private static void countOnly(Side s) {
    seed(s);
    s.range(all().setCountOnly(true));
    s.range(all().setCountOnly(true).setLimit(2));
    s.range(all().setCountOnly(true).setKeysOnly(true));
    s.range(all().setCountOnly(true).setMinModRevision(s.rev(7)));
    s.range(all().setCountOnly(true).setMaxCreateRevision(1).setLimit(1));
    s.range(all().setCountOnly(true).setSortOrder(SortOrder.DESCEND).setRevision(s.rev(3)));
    s.range(get("a").setCountOnly(true));
    s.range(get("none").setCountOnly(true));
    s.range(all().setCountOnly(true).setRevision(s.rev(99)));
  }

  private static void keysOnly(Side s) {
    seed(s);
    for (SortOrder order : ORDERS) {
      for (SortTarget target : TARGETS) {
        s.range(all().setKeysOnly(true).setSortOrder(order).setSortTarget(target));
        s.range(all().setKeysOnly(true).setSortOrder(order).setSortTarget(target).setLimit(2));
      }
    }
    s.range(get("c").setKeysOnly(true));
    s.range(all().setKeysOnly(true).setMinModRevision(s.rev(7)));
    s.range(all().setKeysOnly(true).setRevision(s.rev(8)));
  }

  private static void missing(Side s) {
    seed(s);
    s.range(get("x"));
    s.range(get("none"));
    s.range(range("none", OPEN).setLimit(1));
    s.range(get("none").setRevision(s.rev(99)));
    s.compact(s.rev(5));
    s.range(get("none").setRevision(s.rev(4)));
  }
}
