package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortOrder;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a range found in the index: which rows answer it, and how many keys there are. It takes no
 * database; {@link #answer} turns it into the response once the rows' values are there.
 *
 * <p>Example: a page of 500 out of 100,000 keys selects 500 row ids, more = true and the count from
 * the tree's subtree counts; only the 500 values are fetched.
 */
public final class Selection {
  private static final long[] NO_IDS = {};

  private final RangeRequest request;
  private final long[] ids;
  private final List<KeyValue> fromIndex;
  private final long count;

  private Selection(RangeRequest request, long[] ids, List<KeyValue> fromIndex, long count) {
    this.request = request;
    this.ids = ids;
    this.fromIndex = fromIndex;
    this.count = count;
  }

  /**
   * Selects from a view.
   *
   * @param currentRevision newest revision that the reader may see
   * @param compactRevision oldest revision that may be read
   * @throws dev.rowan.error.EtcdException if the request's revision is compacted or in the future
   */
  public static Selection of(
      RangeRequest request, KeyIndexView view, long currentRevision, long compactRevision) {
    long revision = request.getRevision() > 0 ? request.getRevision() : currentRevision;
    if (revision > currentRevision) {
      throw EtcdError.FUTURE_REVISION.exception();
    }
    if (revision < compactRevision) {
      throw EtcdError.COMPACTED.exception();
    }
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    boolean newest = revision == currentRevision;
    if (range.empty()) {
      return new Selection(request, NO_IDS, List.of(), 0);
    }
    if (request.getCountOnly()) {
      return new Selection(request, NO_IDS, List.of(), count(range, view, newest ? -1 : revision));
    }
    Collector rows = new Collector(request, newest);
    if (range.single()) {
      KeyEntry entry = view.get(range.from());
      long id = entry == null ? 0 : entry.idAt(revision);
      if (entry != null && id != 0) {
        rows.visit(entry, id);
      }
    } else if (newest) {
      view.forEachLive(range.from(), range.to(), rows::visit);
    } else {
      view.forEachAt(range.from(), range.to(), revision, rows::visit);
    }
    long count = rows.cut ? count(range, view, newest ? -1 : revision) : rows.n;
    return new Selection(request, Arrays.copyOf(rows.ids, rows.kept()), rows.fromIndex, count);
  }

  private static long count(KeyRange range, KeyIndexView view, long revision) {
    return revision < 0
        ? view.count(range.from(), range.to())
        : view.count(range.from(), range.to(), revision);
  }

  /**
   * Rows beyond which the range need not be walked: KV-6 and KV-7 say when the limit cuts first.
   */
  private static long fetchMax(RangeRequest request) {
    if (request.getLimit() <= 0 || filtered(request) || sortedAfterwards(request)) {
      return Long.MAX_VALUE;
    }
    // One row more than asked for takes part in KV-7's sort; it is not fetched in the plain case.
    long limit = request.getLimit();
    return inKeyOrder(request) || limit == Long.MAX_VALUE ? limit : limit + 1;
  }

  /** Whether a range's limit keeps it from looking at more keys than that. */
  public static boolean walksAtMost(RangeRequest request, int keysMax) {
    return fetchMax(request) <= keysMax;
  }

  private static boolean filtered(RangeRequest request) {
    return request.getMinModRevision() != 0
        || request.getMaxModRevision() != 0
        || request.getMinCreateRevision() != 0
        || request.getMaxCreateRevision() != 0;
  }

  private static boolean sortedAfterwards(RangeRequest request) {
    return request.getSortOrder() == SortOrder.DESCEND
        || (request.getSortOrder() == SortOrder.ASCEND
            && request.getSortTarget() != SortTarget.KEY);
  }

  private static boolean inKeyOrder(RangeRequest request) {
    return request.getSortOrder() != SortOrder.DESCEND && request.getSortTarget() == SortTarget.KEY;
  }

  /** Whether the index knows all that the answer holds: keys only, not sorted by value (KV-12). */
  private static boolean answeredByIndex(RangeRequest request) {
    return request.getKeysOnly() && request.getSortTarget() != SortTarget.VALUE;
  }

  /** Takes rows in key order until there are enough. */
  private static final class Collector {
    private final RangeRequest request;
    private final long max;
    private final boolean answeredByIndex;
    private final List<KeyValue> fromIndex = new ArrayList<>();
    private long[] ids = new long[16];
    private int n;
    private boolean cut;

    Collector(RangeRequest request, boolean newest) {
      this.request = request;
      this.max = fetchMax(request);
      this.answeredByIndex = newest && answeredByIndex(request);
    }

    boolean visit(KeyEntry entry, long id) {
      if (n == max) {
        cut = true;
        return false;
      }
      if (answeredByIndex) {
        if (passes(request, entry.modRevision(), entry.createRevision())) {
          fromIndex.add(withoutValue(entry));
        }
      } else {
        if (n == ids.length) {
          ids = Arrays.copyOf(ids, 2 * n);
        }
        ids[n] = id;
      }
      n++;
      return true;
    }

    int kept() {
      return answeredByIndex ? 0 : n;
    }

    private static KeyValue withoutValue(KeyEntry entry) {
      return KeyValue.newBuilder()
          .setKey(UnsafeByteOperations.unsafeWrap(entry.key()))
          .setCreateRevision(entry.createRevision())
          .setModRevision(entry.modRevision())
          .setVersion(entry.version())
          .build();
    }
  }

  /** Rows whose values {@link #answer} needs, in key order. */
  public long[] ids() {
    return ids;
  }

  /**
   * Makes the response, without a header.
   *
   * @param values the row of each of {@link #ids}
   * @throws dev.rowan.error.EtcdException if a row is missing: it was compacted since
   */
  public RangeResponse.Builder answer(@Nullable KeyValue[] values) {
    RangeResponse.Builder response = RangeResponse.newBuilder().setCount(count);
    if (request.getCountOnly()) {
      return response;
    }
    List<KeyValue> rows = fromIndex;
    if (values.length > 0) {
      rows = new ArrayList<>(values.length);
      for (@Nullable KeyValue kv : values) {
        if (kv == null) {
          throw EtcdError.COMPACTED.exception();
        }
        rows.add(kv);
      }
    }
    rows = sorted(kept(rows));
    long limit = request.getLimit();
    boolean cut = limit > 0 && rows.size() > limit;
    boolean more = cut || (limit > 0 && !filtered(request) && rows.size() < count);
    rows = cut ? rows.subList(0, (int) limit) : rows;
    return response.addAllKvs(request.getKeysOnly() ? keysOf(rows) : rows).setMore(more);
  }

  private List<KeyValue> kept(List<KeyValue> rows) {
    if (!filtered(request)) {
      return rows;
    }
    List<KeyValue> kept = new ArrayList<>();
    for (KeyValue kv : rows) {
      if (passes(request, kv.getModRevision(), kv.getCreateRevision())) {
        kept.add(kv);
      }
    }
    return kept;
  }

  private static boolean passes(RangeRequest request, long modRevision, long createRevision) {
    return within(modRevision, request.getMinModRevision(), request.getMaxModRevision())
        && within(createRevision, request.getMinCreateRevision(), request.getMaxCreateRevision());
  }

  private static boolean within(long revision, long min, long max) {
    return (min == 0 || revision >= min) && (max == 0 || revision <= max);
  }

  private List<KeyValue> sorted(List<KeyValue> rows) {
    if (inKeyOrder(request)) {
      return rows;
    }
    Comparator<KeyValue> order =
        switch (request.getSortTarget()) {
          case KEY -> byBytes(KeyValue::getKey);
          case VALUE -> byBytes(KeyValue::getValue);
          case VERSION -> Comparator.comparingLong(KeyValue::getVersion);
          case CREATE -> Comparator.comparingLong(KeyValue::getCreateRevision);
          case MOD -> Comparator.comparingLong(KeyValue::getModRevision);
          case UNRECOGNIZED -> throw EtcdError.INVALID_SORT_OPTION.exception();
        };
    List<KeyValue> sorted = new ArrayList<>(rows);
    sorted.sort(request.getSortOrder() == SortOrder.DESCEND ? order.reversed() : order);
    return sorted;
  }

  private static Comparator<KeyValue> byBytes(
      java.util.function.Function<KeyValue, ByteString> part) {
    return Comparator.comparing(part, ByteString.unsignedLexicographicalComparator());
  }

  private List<KeyValue> keysOf(List<KeyValue> rows) {
    if (ids.length == 0) {
      return rows; // made without values
    }
    List<KeyValue> keys = new ArrayList<>(rows.size());
    for (KeyValue kv : rows) {
      KeyValue.Builder key = kv.toBuilder().clearValue();
      keys.add(answeredByIndex(request) ? key.clearLease().build() : key.build());
    }
    return keys;
  }
}
