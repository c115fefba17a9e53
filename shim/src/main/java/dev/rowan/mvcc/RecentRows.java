package dev.rowan.mvcc;

import dev.rowan.proto.mvccpb.KeyValue;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The rows that were put last, bounded by bytes: who came first leaves first, however often it is
 * asked for. Any thread; each call holds the lock for less than a microsecond.
 */
final class RecentRows {
  private final long bytesMax;
  private final ToIntFunction<KeyValue> weight;

  // Guarded by this.
  private final Map<Long, KeyValue> rows = new LinkedHashMap<>();
  private long bytes;
  private long hits;
  private long misses;

  RecentRows(long bytesMax, ToIntFunction<KeyValue> weight) {
    this.bytesMax = bytesMax;
    this.weight = weight;
  }

  /** Puts a row behind all others; of one that is there, anew. */
  synchronized void put(long id, KeyValue row) {
    KeyValue before = rows.remove(id);
    if (before != null) {
      bytes -= weight.applyAsInt(before);
    }
    rows.put(id, row);
    bytes += weight.applyAsInt(row);
    Iterator<KeyValue> first = rows.values().iterator();
    while (bytes > bytesMax) {
      bytes -= weight.applyAsInt(first.next());
      first.remove();
    }
  }

  synchronized @Nullable KeyValue get(long id) {
    KeyValue row = rows.get(id);
    if (row == null) {
      misses++;
    } else {
      hits++;
    }
    return row;
  }

  synchronized long hits() {
    return hits;
  }

  synchronized long misses() {
    return misses;
  }

  synchronized long bytes() {
    return bytes;
  }
}
