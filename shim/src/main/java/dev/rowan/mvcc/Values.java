package dev.rowan.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The key values of rows: caches bounded by bytes over the log. A row never changes, but once its
 * key has a newer one it is asked for by watchers and by lists of older revisions alone: it leaves
 * the cache of the newest rows, and makes room for what took its place. What was written last, and
 * what that superseded, is in memory in any case. Any thread.
 */
public final class Values {
  /** What a cached row takes beside its key and value: message, strings of bytes, cache node. */
  private static final int ENTRY_BYTES = 192;

  /** Of the bytes, one in so many is for what was written last. */
  private static final int RECENT_SHARE = 4;

  private final RevisionLog log;
  private final Cache<Long, KeyValue> newest;
  private final RecentRows recent;

  public Values(RevisionLog log, long cacheBytes) {
    this.log = log;
    long recentBytes = cacheBytes / RECENT_SHARE;
    this.recent = new RecentRows(recentBytes, Values::weight);
    this.newest =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes - recentBytes)
            .weigher((Long id, KeyValue kv) -> weight(kv))
            // Eviction takes microseconds; another thread for it would cost more.
            .executor(Runnable::run)
            .recordStats()
            .build();
  }

  private static int weight(KeyValue kv) {
    return ENTRY_BYTES + kv.getKey().size() + kv.getValue().size();
  }

  /** Keeps the row of a change that is about to be published. */
  void add(Change change) {
    if (change.previousId() != 0) {
      supersede(change.previousId());
    }
    if (!change.deletion()) {
      recent.put(change.id(), change.kv());
      newest.put(change.id(), change.kv());
    }
  }

  private void supersede(long id) {
    KeyValue row = newest.policy().getIfPresentQuietly(id);
    if (row != null) {
      recent.put(id, row);
      newest.invalidate(id);
    }
  }

  /** The row if it is in memory. */
  public @Nullable KeyValue cached(long id) {
    KeyValue row = newest.getIfPresent(id);
    return row == null ? recent.get(id) : row;
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
        newest.put(ids[place], kv);
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

  /** Rows that were found in memory so far. */
  public long hits() {
    return newest.stats().hitCount() + recent.hits();
  }

  /** Rows that were asked for and not in memory. */
  public long misses() {
    return recent.misses();
  }

  /** Bytes that the cached rows are counted as; one that is in both caches counts twice. */
  public long bytes() {
    long bytes = newest.policy().eviction().orElseThrow().weightedSize().orElse(0);
    return bytes + recent.bytes();
  }
}
