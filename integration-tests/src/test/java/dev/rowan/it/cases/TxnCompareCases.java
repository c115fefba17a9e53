package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.compare;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.exists;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.missing;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import java.util.ArrayList;
import java.util.List;

/** KV-50 to KV-52: the compares of a transaction. */
public final class TxnCompareCases {
  private static final int UNKNOWN = 9;

  private TxnCompareCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("KV-50 KV-51 each result and target with each union", TxnCompareCases::matrix),
        new Case("KV-50 values compare bytewise unsigned", TxnCompareCases::values),
        new Case("KV-51 all compares must hold", TxnCompareCases::conjunction),
        new Case("KV-51 a compare of a range", TxnCompareCases::ranges),
        new Case("KV-52 nested compares see the state before", TxnCompareCases::nested));
  }

  private static void matrix(Side s) {
    s.grant(1000, 2);
    s.put(put("k", "1"));
    s.put(put("k", "2").setLease(2));
    List<Compare> compares = new ArrayList<>();
    for (String key : new String[] {"k", "none"}) {
      for (int result : new int[] {0, 1, 2, 3, UNKNOWN}) {
        for (int target : new int[] {0, 1, 2, 3, 4, UNKNOWN}) {
          Compare.Builder compare =
              Compare.newBuilder().setResultValue(result).setTargetValue(target).setKey(bytes(key));
          compares.addAll(unions(s, compare));
        }
      }
    }
    for (Compare compare : compares) {
      s.txn(txn().addCompare(compare));
    }
  }

  private static List<Compare> unions(Side s, Compare.Builder compare) {
    List<Compare> unions = new ArrayList<>();
    unions.add(compare.clone().build());
    for (long number : new long[] {0, 1, 2, 3}) {
      unions.add(compare.clone().setVersion(number).build());
      unions.add(compare.clone().setLease(number).build());
      unions.add(compare.clone().setCreateRevision(s.rev(number)).build());
      unions.add(compare.clone().setModRevision(s.rev(number)).build());
      unions.add(compare.clone().setValue(bytes(Long.toString(number))).build());
    }
    unions.add(compare.clone().setValue(bytes("")).build());
    unions.add(compare.clone().setCreateRevision(0).build());
    unions.add(compare.clone().setModRevision(-1).build());
    return unions;
  }

  private static void values(Side s) {
    String[] values = {"", "\0", "a", "a\0", "\u007f", "\u0080", "\u00ff"};
    for (String stored : values) {
      s.put(put("k", stored));
      for (String given : values) {
        for (CompareResult result :
            new CompareResult[] {CompareResult.EQUAL, CompareResult.LESS, CompareResult.GREATER}) {
          s.txn(txn().addCompare(compare(result, CompareTarget.VALUE, "k").setValue(bytes(given))));
        }
      }
    }
  }

  private static void conjunction(Side s) {
    s.put(put("a", "1"));
    s.txn(txn());
    s.txn(txn().addCompare(exists("a")).addCompare(missing("b")).addSuccess(op(get("a"))));
    s.txn(txn().addCompare(exists("a")).addCompare(exists("b")).addFailure(op(get("a"))));
    s.txn(txn().addCompare(exists("b")).addCompare(exists("a")).addSuccess(op(put("c", "1"))));
    s.txn(txn().addCompare(missing("b")).addSuccess(op(put("b", "1"))).addFailure(op(get("b"))));
    s.txn(txn().addCompare(missing("b")).addSuccess(op(put("b", "2"))).addFailure(op(get("b"))));
  }

  private static void ranges(Side s) {
    s.putAll("a1", "a2", "a3", "b1");
    s.put(put("a2", "x"));
    for (CompareResult result :
        new CompareResult[] {
          CompareResult.EQUAL, CompareResult.GREATER, CompareResult.LESS, CompareResult.NOT_EQUAL
        }) {
      for (String[] range :
          new String[][] {
            {"a", "b"}, {"a3", OPEN}, {"\0", OPEN}, {"c", "d"}, {"c", OPEN}, {"b", "a"}
          }) {
        for (int number = 0; number < 3; number++) {
          s.txn(
              txn()
                  .addCompare(
                      compare(result, CompareTarget.VERSION, range[0])
                          .setRangeEnd(bytes(range[1]))
                          .setVersion(number)));
        }
        s.txn(
            txn()
                .addCompare(
                    compare(result, CompareTarget.VALUE, range[0])
                        .setRangeEnd(bytes(range[1]))
                        .setValue(bytes("a1"))));
      }
    }
  }

  private static void nested(Side s) {
    s.put(put("a", "1"));
    s.txn(
        then(
            op(put("b", "new")),
            op(
                txn()
                    .addCompare(exists("b"))
                    .addSuccess(op(put("yes", "1")))
                    .addFailure(op(put("no", "1")))),
            op(get("b"))));
    s.txn(
        then(
            op(delete("a")),
            op(get("a")),
            op(txn().addCompare(exists("a")).addSuccess(op(get("a"))).addSuccess(op(get("b")))),
            op(
                txn()
                    .addCompare(exists("a"))
                    .addSuccess(
                        op(
                            txn()
                                .addCompare(missing("a"))
                                .addSuccess(op(get("x")))
                                .addFailure(op(put("deep", "1")))
                                .addFailure(op(get("deep"))))))));
    s.txn(
        txn()
            .addCompare(missing("a"))
            .addSuccess(op(txn().addCompare(missing("zz")).addSuccess(op(delete("b", OPEN)))))
            .addSuccess(op(get("deep")))
            .addSuccess(op(delete("deep"))));
  }
}
