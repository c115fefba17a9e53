package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides the branch of a transaction and of each transaction nested in it, all against the state
 * before any of their operations (KV-52).
 */
final class Compares {
  /** Values that a compare of a range reads by one query. */
  private static final int VALUES_AT_ONCE = 1_000;

  private final State state;
  private final BitSet branches = new BitSet();
  private int decided;

  private Compares(State state) {
    this.state = state;
  }

  /**
   * Decides a transaction.
   *
   * @return a bit for each transaction on the chosen path, in the order in which they are met: set
   *     where the success branch was chosen
   */
  static BitSet decide(TxnRequest txn, State state) throws LogException {
    Compares compares = new Compares(state);
    compares.visit(txn);
    return compares.branches;
  }

  private void visit(TxnRequest txn) throws LogException {
    boolean success = holds(txn.getCompareList());
    branches.set(decided++, success);
    for (RequestOp op : success ? txn.getSuccessList() : txn.getFailureList()) {
      if (op.hasRequestTxn()) {
        visit(op.getRequestTxn());
      }
    }
  }

  private boolean holds(List<Compare> compares) throws LogException {
    for (Compare compare : compares) {
      if (!holds(compare)) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(Compare compare) throws LogException {
    KeyRange range = KeyRange.of(compare.getKey(), compare.getRangeEnd());
    if (range.single()) {
      return holdsFor(compare, state.live(range.from()));
    }
    List<KeyEntry> entries = new ArrayList<>();
    if (!range.empty()) {
      state
          .view()
          .forEachLive(
              range.from(),
              range.to(),
              (entry, id) -> {
                entries.add(entry);
                return true;
              });
    }
    if (entries.isEmpty()) {
      return holdsFor(compare, null);
    }
    return compare.getTarget() == CompareTarget.VALUE
        ? valuesHold(compare, entries)
        : allHold(compare, entries);
  }

  private boolean allHold(Compare compare, List<KeyEntry> entries) throws LogException {
    for (KeyEntry entry : entries) {
      if (!holdsFor(compare, entry)) {
        return false;
      }
    }
    return true;
  }

  /** Reads the values in blocks: one query for each would hold up every other write. */
  private boolean valuesHold(Compare compare, List<KeyEntry> entries) throws LogException {
    for (int from = 0; from < entries.size(); from += VALUES_AT_ONCE) {
      List<KeyEntry> block = entries.subList(from, Math.min(entries.size(), from + VALUES_AT_ONCE));
      for (ByteString value : values(block)) {
        if (!holds(compare, compareBytes(value, compare.getValue()))) {
          return false;
        }
      }
    }
    return true;
  }

  /** KV-50 and KV-51; a union of the wrong kind reads as 0, as the generated getters do. */
  private boolean holdsFor(Compare compare, @Nullable KeyEntry entry) throws LogException {
    int order;
    CompareTarget target = compare.getTarget();
    if (target == CompareTarget.VALUE) {
      if (entry == null) {
        return false;
      }
      order = compareBytes(values(List.of(entry)).getFirst(), compare.getValue());
    } else {
      order =
          switch (target) {
            case VERSION -> Long.compare(entry == null ? 0 : entry.version(), compare.getVersion());
            case CREATE ->
                Long.compare(
                    entry == null ? 0 : entry.createRevision(), compare.getCreateRevision());
            case MOD ->
                Long.compare(entry == null ? 0 : entry.modRevision(), compare.getModRevision());
            case LEASE -> Long.compare(entry == null ? 0 : entry.leaseId(), compare.getLease());
            case VALUE, UNRECOGNIZED -> 0;
          };
    }
    return holds(compare, order);
  }

  private static boolean holds(Compare compare, int order) {
    return switch (compare.getResult()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case UNRECOGNIZED -> true;
    };
  }

  private static int compareBytes(ByteString a, ByteString b) {
    return ByteString.unsignedLexicographicalComparator().compare(a, b);
  }

  private List<ByteString> values(List<KeyEntry> entries) throws LogException {
    long[] ids = entries.stream().mapToLong(KeyEntry::id).toArray();
    List<ByteString> values = new ArrayList<>(ids.length);
    for (@Nullable KeyValue kv : state.values(ids)) {
      if (kv == null) {
        // A live key's newest row is never pruned while the state that shows it is the newest.
        throw EtcdError.COMPACTED.exception();
      }
      values.add(kv.getValue());
    }
    return values;
  }
}
