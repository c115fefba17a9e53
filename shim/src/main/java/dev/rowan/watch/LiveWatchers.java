package dev.rowan.watch;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.rowan.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The live watchers, found by the key of a change: those of one key through a hash map, those of a
 * range through a tree. Watchers of the same range share one place. The hub's thread.
 */
final class LiveWatchers {
  private final Map<ByteString, List<Watcher>> byKey = new HashMap<>();
  private final RangeTree<List<Watcher>> byRange = new RangeTree<>();
  private int size;
  private int withPrevious;

  void add(Watcher watcher) {
    group(watcher.range()).add(watcher);
    watcher.setLive(true);
    size++;
    withPrevious += watcher.options().previous() ? 1 : 0;
  }

  private List<Watcher> group(KeyRange range) {
    if (range.single()) {
      return byKey.computeIfAbsent(key(range), k -> new ArrayList<>(1));
    }
    List<Watcher> group = byRange.get(range);
    if (group == null) {
      group = new ArrayList<>(1);
      byRange.add(range, group);
    }
    return group;
  }

  private static ByteString key(KeyRange range) {
    return UnsafeByteOperations.unsafeWrap(range.from());
  }

  void remove(Watcher watcher) {
    KeyRange range = watcher.range();
    List<Watcher> group = group(range);
    group.remove(watcher);
    if (group.isEmpty()) {
      if (range.single()) {
        byKey.remove(key(range));
      } else {
        byRange.remove(range);
      }
    }
    watcher.setLive(false);
    size--;
    withPrevious -= watcher.options().previous() ? 1 : 0;
  }

  int size() {
    return size;
  }

  /** Whether any watcher wants to see keys as they were before. */
  boolean wantPrevious() {
    return withPrevious > 0;
  }

  /** Visits every watcher of a key. The visitor must not add or remove any. */
  void forEach(ByteString key, Consumer<Watcher> visitor) {
    List<Watcher> group = byKey.get(key);
    if (group != null) {
      group.forEach(visitor);
    }
    if (!byRange.isEmpty()) {
      byRange.forEachContaining(key.toByteArray(), watchers -> watchers.forEach(visitor));
    }
  }
}
