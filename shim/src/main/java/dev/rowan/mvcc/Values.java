package dev.rowan.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The key values of rows: a cache bounded by bytes over the log. A row never changes, so nothing is
 * ever invalidated. Any thread.
 */
public final class Values {
  /** What a cached row takes beside its key and value: message, strings of bytes, cache node. */
  private static final int ENTRY_BYTES = 192;

  private final RevisionLog log;
  private final Cache<Long, KeyValue> cache;

  public Values(RevisionLog log, long cacheBytes) {
    this.log = log;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .weigher((Long id, KeyValue kv) -> weight(kv))
            // Eviction takes microseconds; another thread for it would cost more.
            .executor(Runnable::run)
            .recordStats()
            .build();
  }

  private static int weight(KeyValue kv) {
    return ENTRY_BYTES + kv.getKey().size() + kv.getValue().size();
  }

  /** Keeps a row that is about to be published. */
  void add(long id, KeyValue kv) {
    cache.put(id, kv);
  }

  /** The row if it is in memory. */
  public @Nullable KeyValue cached(long id) {
    return cache.getIfPresent(id);
  }

  /**
   * Fills in what {@code found} misses, by one query.
   *
   * @param found one place for each id; a place stays null where the log no longer has the row
   */
  public void read(long[] ids, @Nullable KeyValue[] found) throws LogException {
    int[] places = new int[ids.length];
    long[] missing = new long[ids.length];
    int n = 0;
    for (int i = 0; i < ids.length; i++) {
      if (found[i] == null && (found[i] = cached(ids[i])) == null) {
        places[n] = i;
        missing[n++] = ids[i];
      }
    }
    if (n == 0) {
      return;
    }
    int next = 0;
    for (@Nullable LogRow row : log.rows(Arrays.copyOf(missing, n))) {
      int place = places[next++];
      if (row != null) {
        KeyValue kv = Change.keyValue(row);
        found[place] = kv;
        cache.put(ids[place], kv);
      }
    }
  }

  /** The rows with these ids that are in memory, null for each that is not. */
  public @Nullable KeyValue[] cached(long[] ids) {
    @Nullable KeyValue[] found = new KeyValue[ids.length];
    for (int i = 0; i < ids.length; i++) {
      found[i] = cached(ids[i]);
    }
    return found;
  }

  public CacheStats stats() {
    return cache.stats();
  }

  /** Bytes that the cached rows are counted as. */
  public long bytes() {
    return cache.policy().eviction().orElseThrow().weightedSize().orElse(0);
  }
}
