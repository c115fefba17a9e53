package dev.rowan.auth;

import dev.rowan.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The union of ranges of keys: disjoint, not even touching, in order. Immutable.
 *
 * <pre>
 * granted: [a, c)  [b, e)  [e, g)  x   →  [a, g)  [x, x\0)
 * covers [b, f): yes, though no single grant does
 * </pre>
 */
final class KeyIntervals {
  private final List<Interval> intervals;

  private KeyIntervals(List<Interval> intervals) {
    this.intervals = intervals;
  }

  /** From a key up to but without another; null is an open end. */
  private static final class Interval {
    private final byte[] from;
    private byte @Nullable [] to;

    Interval(byte[] from, byte @Nullable [] to) {
      this.from = from;
      this.to = to;
    }
  }

  static KeyIntervals union(List<KeyRange> ranges) {
    List<KeyRange> sorted = new ArrayList<>(ranges);
    sorted.removeIf(KeyRange::empty);
    sorted.sort((a, b) -> Arrays.compareUnsigned(a.from(), b.from()));
    List<Interval> merged = new ArrayList<>();
    for (KeyRange range : sorted) {
      Interval last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && reaches(last.to, range.from())) {
        last.to = later(last.to, range.to());
      } else {
        merged.add(new Interval(range.from(), range.to()));
      }
    }
    return new KeyIntervals(merged);
  }

  private static boolean reaches(byte @Nullable [] end, byte[] key) {
    return end == null || Arrays.compareUnsigned(key, end) <= 0;
  }

  private static byte @Nullable [] later(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null || b == null) {
      return null;
    }
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  /**
   * Whether every key of a range is in the union. A range that ends before it begins has no keys,
   * and is covered where its beginning is, as in etcd.
   */
  boolean covers(KeyRange range) {
    Interval at = lastFrom(range.from());
    if (at == null) {
      return false;
    }
    if (at.to == null) {
      return true;
    }
    byte[] end = range.to();
    return Arrays.compareUnsigned(range.from(), at.to) < 0
        && end != null
        && Arrays.compareUnsigned(end, at.to) <= 0;
  }

  /** The last interval that begins at or before a key. */
  private @Nullable Interval lastFrom(byte[] key) {
    int low = 0;
    int high = intervals.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(intervals.get(middle).from, key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : intervals.get(low - 1);
  }
}
