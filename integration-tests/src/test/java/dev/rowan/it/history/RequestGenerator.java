package dev.rowan.it.history;

import static dev.rowan.it.conformance.Requests.bytes;

import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import java.util.List;

/**
 * Makes random requests over a few keys, so that they meet: valid ones mostly, and each way of
 * being refused now and then. Not thread-safe.
 */
final class RequestGenerator {
  /** At most twelve: etcd's sort of more is not stable. */
  private static final List<String> KEYS =
      List.of(
          "\0", "a", "a\0", "a\u00ff", "ab", "b", "b\0\0", "c", "\u00fe", "\u00ff", "\u00ff\u00ff");

  private static final List<String> VALUES = List.of("", "\0", "1", "2", "10", "\u0080", "\u00ff");
  private static final List<Long> LEASES = List.of(1L, 2L, 3L, -4L, Long.MAX_VALUE);
  private static final int DEPTH_MAX = 3;

  private final Choice choice;
  private long revision;
  private long compactRevision;
  private boolean withDeletes;

  RequestGenerator(Choice choice) {
    this.choice = choice;
  }

  /** Revisions are chosen around these from now on. */
  void at(long newRevision, long newCompactRevision) {
    revision = newRevision;
    compactRevision = newCompactRevision;
  }

  String key() {
    return choice.percent(1) ? "" : choice.of(KEYS);
  }

  long lease() {
    return choice.percent(10) ? 404 : choice.of(LEASES);
  }

  /** A revision that may be past, compacted, current, future or nonsense. */
  long anyRevision() {
    int kind = choice.below(20);
    if (kind < 13) {
      return choice.between(Math.max(1, compactRevision), revision);
    }
    return switch (kind) {
      case 13 -> compactRevision - 1;
      case 14 -> compactRevision;
      case 15 -> revision + 1;
      case 16 -> revision + 3;
      case 17 -> -1;
      default -> revision;
    };
  }

  PutRequest.Builder put() {
    PutRequest.Builder put = Requests.put(key(), choice.of(VALUES));
    if (choice.percent(30)) {
      put.setLease(lease());
    }
    if (!withDeletes && choice.percent(10)) {
      put.setIgnoreValue(true);
      if (choice.percent(90)) {
        put.clearValue();
      }
    }
    if (!withDeletes && choice.percent(10)) {
      put.setIgnoreLease(true);
      if (choice.percent(90)) {
        put.clearLease();
      }
    }
    return put.setPrevKv(choice.percent(30));
  }

  DeleteRangeRequest.Builder delete() {
    DeleteRangeRequest.Builder delete = Requests.delete(key());
    return delete.setRangeEnd(bytes(rangeEnd(30))).setPrevKv(choice.percent(30));
  }

  RangeRequest.Builder range() {
    RangeRequest.Builder range = Requests.range(key(), rangeEnd(70));
    if (choice.percent(40)) {
      range.setRevision(anyRevision());
    }
    if (choice.percent(40)) {
      range.setLimit(choice.between(-1, 6));
    }
    if (choice.percent(40)) {
      range.setSortOrderValue(choice.percent(2) ? 7 : choice.below(3));
      range.setSortTargetValue(choice.percent(2) ? 7 : choice.below(5));
    }
    if (choice.percent(30)) {
      filter(range);
    }
    return range
        .setCountOnly(choice.percent(10))
        .setKeysOnly(choice.percent(15))
        .setSerializable(choice.percent(20));
  }

  private void filter(RangeRequest.Builder range) {
    switch (choice.below(4)) {
      case 0 -> range.setMinModRevision(anyRevision());
      case 1 -> range.setMaxModRevision(anyRevision());
      case 2 -> range.setMinCreateRevision(anyRevision());
      default -> range.setMaxCreateRevision(anyRevision()).setMinModRevision(anyRevision());
    }
  }

  /**
   * A range for RangeStream, never with a target but no order: etcd streams that in an order of
   * neither kind.
   */
  RangeRequest.Builder streamed() {
    RangeRequest.Builder range = range();
    return range.getSortOrderValue() == 0 ? range.clearSortTarget() : range;
  }

  /**
   * A transaction, either without deletes or without puts that keep something: etcd 3.7.3 dies of
   * one that keeps the value of a key that the same transaction has deleted.
   */
  TxnRequest.Builder txn() {
    withDeletes = choice.percent(60);
    TxnRequest.Builder txn = txn(1);
    withDeletes = false;
    return txn;
  }

  private TxnRequest.Builder txn(int depth) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = choice.of(0, 1, 1, 2); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = choice.of(0, 1, 2, 3); i > 0; i--) {
      txn.addSuccess(op(depth));
    }
    for (int i = choice.of(0, 1, 2, 3); i > 0; i--) {
      txn.addFailure(op(depth));
    }
    return txn;
  }

  private RequestOp op(int depth) {
    int kind = choice.below(100);
    if (kind == 0) {
      return RequestOp.getDefaultInstance();
    }
    if (kind < 40) {
      return Requests.op(put());
    }
    if (kind < 60 && withDeletes) {
      return Requests.op(delete());
    }
    if (kind < 80 || depth == DEPTH_MAX) {
      return Requests.op(range());
    }
    return Requests.op(txn(depth + 1));
  }

  private Compare compare() {
    Compare.Builder compare =
        Compare.newBuilder()
            .setResultValue(choice.percent(2) ? 9 : choice.below(4))
            .setTargetValue(choice.percent(2) ? 9 : choice.below(5))
            .setKey(bytes(key()));
    if (choice.percent(25)) {
      compare.setRangeEnd(bytes(rangeEnd(100)));
    }
    int union = choice.percent(15) ? choice.below(6) : compare.getTargetValue();
    return switch (union) {
      case 0 -> compare.setVersion(choice.below(4)).build();
      case 1 -> compare.setCreateRevision(nearRevision()).build();
      case 2 -> compare.setModRevision(nearRevision()).build();
      case 3 -> compare.setValue(bytes(choice.of(VALUES))).build();
      case 4 -> compare.setLease(choice.percent(50) ? 0 : lease()).build();
      default -> compare.build();
    };
  }

  private long nearRevision() {
    return choice.percent(25) ? 0 : choice.between(Math.max(0, revision - 20), revision);
  }

  WatchCreateRequest.Builder watch() {
    WatchCreateRequest.Builder watch =
        Requests.watch(choice.percent(3) ? "" : choice.of(KEYS), rangeEnd(80));
    if (choice.percent(50)) {
      watch.setStartRevision(anyRevision());
    }
    if (choice.percent(20)) {
      watch.addFiltersValue(choice.below(2));
    }
    if (choice.percent(10)) {
      watch.setWatchId(choice.between(-3, 3));
    }
    return watch.setPrevKv(choice.percent(50)).setFragment(choice.percent(20));
  }

  /** None, or so many times in a hundred one that may be open, or before the key. */
  private String rangeEnd(int chance) {
    if (!choice.percent(chance)) {
      return "";
    }
    return choice.percent(35) ? Requests.OPEN : choice.of(KEYS);
  }
}
