package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.exists;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.missing;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;
import static dev.rowan.it.conformance.Requests.watch;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.util.List;

/** KV-53 to KV-58: the checks and the execution of a transaction. */
public final class TxnCases {
  private TxnCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("KV-53 as many operations as allowed, and one more", TxnCases::operations),
        new Case("KV-54 both branches are checked", TxnCases::staticChecks),
        new Case("KV-55 a key put twice is refused", TxnCases::duplicates),
        new Case("KV-55 a key put and deleted is refused", TxnCases::putAndDelete),
        new Case("KV-55 duplicates across nested transactions", TxnCases::nestedDuplicates),
        new Case("KV-56 the chosen path is checked before it runs", TxnCases::preconditions),
        new Case("KV-56 the other path is not checked", TxnCases::otherPath),
        new Case("KV-57 a transaction that only reads", TxnCases::readOnly),
        new Case("KV-58 all changes share a revision and a response", TxnCases::oneRevision));
  }

  private static TxnRequest.Builder gets(int count) {
    TxnRequest.Builder txn = txn();
    for (int i = 0; i < count; i++) {
      txn.addSuccess(op(get("k")));
    }
    return txn;
  }

  private static void operations(Side s) {
    for (int count : new int[] {127, 128, 129}) {
      TxnRequest.Builder success = gets(count);
      s.txn(success);
      s.txn(txn().addAllFailure(success.getSuccessList()));
      TxnRequest.Builder compares = txn();
      for (int i = 0; i < count; i++) {
        compares.addCompare(missing("k" + i));
      }
      s.txn(compares);
    }
    for (int inner : new int[] {1, 26, 27, 28, 29}) {
      s.txn(gets(99).addSuccess(op(gets(inner))));
      s.txn(gets(99).addFailure(op(gets(inner))));
    }
    s.txn(gets(127).addSuccess(op(txn())));
    s.txn(gets(126).addSuccess(op(gets(1))));
    s.txn(gets(60).addSuccess(op(gets(60).addSuccess(op(gets(6))))));
    s.txn(gets(60).addSuccess(op(gets(60).addSuccess(op(gets(7))))));
    s.txn(gets(64).addSuccess(op(gets(63))).addSuccess(op(gets(62))));
    s.txn(gets(129).addSuccess(op(RangeRequest.newBuilder())));
  }

  private static void staticChecks(Side s) {
    List<RequestOp> bad =
        List.of(
            RequestOp.getDefaultInstance(),
            op(RangeRequest.newBuilder()),
            op(PutRequest.newBuilder()),
            op(DeleteRangeRequest.newBuilder()),
            op(put("a", "v").setIgnoreValue(true)),
            op(put("a", "v").setIgnoreLease(true).setLease(4)),
            op(get("a").setSortOrderValue(9)),
            op(get("a").setSortTargetValue(9)),
            op(txn().addCompare(Compare.newBuilder())),
            op(then(RequestOp.getDefaultInstance())),
            op(txn().addFailure(op(then(op(PutRequest.newBuilder()))))));
    for (RequestOp op : bad) {
      s.txn(then(op(put("x", "1")), op));
      s.txn(txn().addCompare(missing("none")).addFailure(op).addSuccess(op(put("x", "1"))));
      s.txn(then(op(then(op))));
      for (RequestOp second : bad) {
        s.txn(then(op, second));
      }
    }
    s.txn(txn().addCompare(Compare.newBuilder()));
    s.txn(then(op(PutRequest.newBuilder())).addCompare(Compare.newBuilder()));
    s.range(all());
  }

  private static void duplicates(Side s) {
    s.txn(then(op(put("a", "1")), op(put("a", "2"))));
    s.txn(then(op(put("a", "1")), op(put("b", "2")), op(put("a", "1"))));
    s.txn(txn().addFailure(op(put("a", "1"))).addFailure(op(put("a", "2"))));
    s.txn(txn().addSuccess(op(put("a", "1"))).addFailure(op(put("a", "2"))));
    s.txn(then(op(put("a", "1")), op(get("a")), op(get("a"))));
    s.txn(then(op(delete("a")), op(delete("a").setPrevKv(true)), op(delete("\0", OPEN))));
    s.txn(then(op(put("a", "1")), op(put("a", "2")), op(PutRequest.newBuilder())));
    s.txn(then(op(put("a", "x").setIgnoreValue(true)), op(put("b", "2")), op(put("b", "2"))));
    s.range(all());
  }

  private static void putAndDelete(Side s) {
    s.putAll("a", "b", "c");
    s.txn(then(op(put("a", "1")), op(delete("a"))));
    s.txn(then(op(delete("a")), op(put("a", "1"))));
    s.txn(then(op(put("b", "1")), op(delete("a", "c"))));
    s.txn(then(op(put("c", "1")), op(delete("a", "c"))));
    s.txn(then(op(delete("a", "c")), op(put("a", "1"))));
    s.txn(then(op(put("b", "1")), op(delete("c", "a"))));
    s.txn(then(op(put("b", "1")), op(delete("b", "b"))));
    s.putAll("a", "b");
    var watches = s.watches();
    watches.create(watch("\0", OPEN));
    s.txn(then(op(put("b", "quirk")), op(delete("a", OPEN).setPrevKv(true)), op(get("b"))));
    watches.next();
    s.txn(then(op(delete("a", OPEN)), op(put("b", "again")), op(get("b"))));
    watches.next();
    s.txn(then(op(delete("\0", OPEN).setPrevKv(true)), op(put("b", "2").setPrevKv(true))));
    watches.next();
    s.txn(
        then(
            op(put("b", "3").setPrevKv(true)),
            op(delete("a", OPEN)),
            op(put("n", "1")),
            op(get("b").setRevision(s.rev(1))),
            op(all())));
    watches.next();
    s.range(all());
    s.range(get("b").setRevision(s.rev(7)));
    s.put(put("b", "reborn"));
    s.range(all());
    s.watches().create(watch("\0", OPEN).setStartRevision(s.rev(4)).setPrevKv(true));
  }

  private static void nestedDuplicates(Side s) {
    s.txn(then(op(put("a", "1")), op(then(op(put("a", "2"))))));
    s.txn(then(op(then(op(put("a", "1")))), op(then(op(put("a", "2"))))));
    s.txn(then(op(txn().addSuccess(op(put("a", "1"))).addFailure(op(put("a", "2"))))));
    s.txn(
        then(
            op(txn().addSuccess(op(put("a", "1"))).addFailure(op(put("b", "2")))),
            op(txn().addFailure(op(put("b", "1"))))));
    s.txn(then(op(delete("a")), op(then(op(put("a", "1"))))));
    s.txn(then(op(then(op(put("a", "1")))), op(delete("a"))));
    s.txn(then(op(then(op(delete("a")))), op(put("a", "1"))));
    s.txn(then(op(then(op(delete("a")))), op(then(op(put("a", "1"))))));
    s.txn(then(op(then(op(put("a", "1")))), op(then(op(delete("a"))))));
    s.txn(
        then(
            op(then(op(put("a", "1")), op(get("a")))),
            op(then(op(delete("a", "b")))),
            op(get("a"))));
    s.txn(then(op(then(op(then(op(put("c", "1")))))), op(put("c", "2"))));
    s.txn(
        then(
            op(
                txn()
                    .addCompare(exists("a"))
                    .addSuccess(op(delete("d", "f")))
                    .addFailure(op(put("e", "1")))),
            op(put("g", "1"))));
    s.txn(
        then(
            op(
                txn()
                    .addCompare(exists("a"))
                    .addSuccess(op(delete("d", "f")))
                    .addFailure(op(put("x", "1")))),
            op(txn().addFailure(op(put("e", "1"))))));
    s.range(all());
  }

  private static void preconditions(Side s) {
    s.putAll("a", "b", "c");
    s.txn(then(op(put("x", "1")), op(get("a").setRevision(s.rev(4)))));
    s.txn(then(op(put("x", "1")), op(get("a").setRevision(s.rev(3)))));
    s.txn(then(op(get("a").setRevision(-1))));
    s.txn(then(op(get("a").setRevision(-2))));
    s.txn(then(op(put("y", "1")), op(put("z", "1").setLease(404))));
    s.txn(then(op(put("new", "1")), op(put("y", "").setIgnoreValue(true))));
    s.txn(then(op(put("y", "1").setIgnoreLease(true))));
    s.txn(then(op(delete("a")), op(then(op(put("z", "").setIgnoreValue(true))))));
    s.compact(s.rev(3));
    s.txn(then(op(put("x", "2")), op(get("a").setRevision(s.rev(2)))));
    s.txn(then(op(get("a").setRevision(s.rev(3))), op(get("a").setRevision(-1))));
    s.txn(then(op(then(op(get("a").setRevision(s.rev(2)))))));
    s.txn(
        then(
            op(put("e", "1").setLease(404)),
            op(get("a").setRevision(s.rev(2))),
            op(get("a").setRevision(s.rev(99)))));
    s.txn(then(op(get("a").setRevision(s.rev(99))), op(get("a").setRevision(s.rev(2)))));
    s.range(all());
  }

  private static void otherPath(Side s) {
    s.put(put("a", "1"));
    s.txn(
        txn()
            .addCompare(exists("a"))
            .addSuccess(op(put("b", "1")))
            .addFailure(op(put("c", "1").setLease(404)))
            .addFailure(op(get("a").setRevision(s.rev(99))))
            .addFailure(op(put("d", "").setIgnoreValue(true))));
    s.txn(
        txn()
            .addCompare(missing("a"))
            .addFailure(op(put("b", "2")))
            .addSuccess(op(then(op(put("c", "1").setLease(404))))));
    s.range(all());
  }

  private static void readOnly(Side s) {
    s.put(put("a", "1"));
    s.txn(then(op(get("a")), op(all()), op(get("none"))));
    s.txn(then(op(get("a").setSerializable(true))));
    s.txn(txn().addCompare(exists("a")));
    s.txn(txn().addCompare(exists("none")).addFailure(op(get("a").setCountOnly(true))));
    s.txn(then(op(then(op(get("a"))))));
    s.txn(then(op(then(op(delete("none")))), op(get("a"))));
    s.txn(then(op(get("a").setRevision(s.rev(1)).setKeysOnly(true)), op(all().setLimit(1))));
    s.range(all());
  }

  private static void oneRevision(Side s) {
    s.putAll("a", "b", "c", "d");
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setPrevKv(true));
    s.txn(
        then(
            op(put("z", "1")),
            op(delete("b", "d")),
            op(put("a", "2")),
            op(then(op(put("m", "1")), op(delete("d")))),
            op(put("e", "3"))));
    watches.next();
    s.range(all());
    s.txn(then(op(put("z", "2").setPrevKv(true)), op(delete("a").setPrevKv(true)), op(range("a"))));
    watches.next();
    s.range(all());
  }

  private static RangeRequest.Builder range(String key) {
    return get(key).setRangeEnd(get(OPEN).getKey());
  }
}
