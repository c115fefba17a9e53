package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.watch;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import java.util.List;

/** What shows only in a store that nobody has written to: each case has servers of its own. */
public final class FreshCases {
  private FreshCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("C-1 a fresh store is at revision 1", FreshCases::revisionOne),
        new Case("C-1 KV-60 compacting revision 0 succeeds once", FreshCases::compactZero),
        new Case("KV-56 nothing is compacted at first", FreshCases::negativeRevision),
        new Case("W-4 a watcher of all history", FreshCases::allHistory));
  }

  private static void revisionOne(Side s) {
    s.range(get("a"));
    s.range(all().setRevision(1));
    s.range(all().setRevision(2));
    s.delete(delete("\0", OPEN));
    s.leases();
    var watches = s.watches();
    watches.create(watch("a"));
    watches.progress();
    s.put(put("a", "1"));
    watches.next();
    s.range(all().setRevision(1));
  }

  private static void compactZero(Side s) {
    s.compact(1);
    s.compact(0);
  }

  private static void negativeRevision(Side s) {
    s.put(put("a", "1"));
    s.txn(then(op(get("a").setRevision(-1))));
    s.txn(then(op(get("a").setRevision(-2))));
    s.compact(-1);
    s.compact(-2);
    s.compact(CompactionRequest.newBuilder().setRevision(0));
    s.compact(CompactionRequest.newBuilder().setRevision(0));
    s.compact(-1);
    s.txn(then(op(get("a").setRevision(-1))));
    s.range(get("a").setRevision(1));
    s.compact(1);
    s.range(get("a").setRevision(1));
  }

  private static void allHistory(Side s) {
    s.putAll("a", "b", "a");
    s.delete(delete("b"));
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setStartRevision(1).setPrevKv(true));
    watches.settle(s.rev(4));
    watches.create(watch("a").setStartRevision(2));
    watches.settle(s.rev(4));
    watches.report();
  }
}
