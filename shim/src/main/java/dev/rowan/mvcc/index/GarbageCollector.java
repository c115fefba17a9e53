package dev.rowan.mvcc.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the garbage of whole keys until there is enough. */
final class GarbageCollector {
  private final long compactRevision;
  private final int idsMax;
  private final List<byte[]> keys = new ArrayList<>();
  private long[] ids = new long[64];
  private int size;

  GarbageCollector(long compactRevision, int idsMax) {
    this.compactRevision = compactRevision;
    this.idsMax = idsMax;
  }

  /** Collects from a subtree; false if it stopped because there is enough. */
  boolean add(Node node, byte @Nullable [] from) {
    if (node.garbageFrom > compactRevision) {
      return true;
    }
    return switch (node) {
      case Leaf leaf -> addLeaf(leaf, leaf.from(from));
      case Inner inner -> addInner(inner, inner.from(from), from);
    };
  }

  private boolean addInner(Inner inner, int first, byte @Nullable [] from) {
    boolean wanted = true;
    for (int i = first; wanted && i < inner.size; i++) {
      wanted = add(inner.children[i], i == first ? from : null);
    }
    return wanted;
  }

  private boolean addLeaf(Leaf leaf, int first) {
    for (int i = first; i < leaf.size; i++) {
      KeyEntry entry = leaf.entries[i];
      int changes = entry.garbageCount(compactRevision);
      if (changes > 0 && size >= idsMax) {
        return false;
      }
      take(entry, changes);
    }
    return true;
  }

  private void take(KeyEntry entry, int changes) {
    if (changes == 0) {
      return;
    }
    if (ids.length < size + changes) {
      ids = Arrays.copyOf(ids, Math.max(size + changes, 2 * size));
    }
    entry.copyIds(changes, ids, size);
    size += changes;
    keys.add(entry.key());
  }

  Garbage garbage(boolean done) {
    byte @Nullable [] next = done ? null : keys.getLast();
    return new Garbage(Arrays.copyOf(ids, size), keys.toArray(new byte[0][]), next);
  }
}
