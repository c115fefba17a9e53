package dev.rowan.mvcc;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A leaf: up to {@link Node#FANOUT} keys in order. */
final class Leaf extends Node {
  final KeyEntry[] entries;

  Leaf(long batch) {
    this(batch, new KeyEntry[FANOUT]);
  }

  private Leaf(long batch, KeyEntry[] entries) {
    super(batch);
    this.entries = entries;
  }

  @Override
  Leaf ownedBy(long wanted) {
    if (batch == wanted) {
      return this;
    }
    Leaf copy = new Leaf(wanted, entries.clone());
    copy.copySummaries(this);
    return copy;
  }

  /** Index of a key, or {@code ~index} of where it would stand. */
  int search(byte[] key) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Arrays.compareUnsigned(entries[middle].key(), key);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return ~low;
  }

  /** Index of the first key that is not smaller; without a key the first or the end. */
  int from(byte @Nullable [] key) {
    return key == null ? 0 : notBelow(key);
  }

  int to(byte @Nullable [] key) {
    return key == null ? size : notBelow(key);
  }

  private int notBelow(byte[] key) {
    int at = search(key);
    return at < 0 ? ~at : at;
  }

  /** Live keys that are smaller. */
  int liveBelow(byte[] key) {
    int end = notBelow(key);
    if (live == size) {
      return end;
    }
    int below = 0;
    for (int i = 0; i < end; i++) {
      below += alive(entries[i]);
    }
    return below;
  }

  private static int alive(KeyEntry entry) {
    return entry.deleted() ? 0 : 1;
  }

  void insert(int at, KeyEntry entry) {
    System.arraycopy(entries, at, entries, at + 1, size - at);
    entries[at] = entry;
    size++;
    live += alive(entry);
    widen(entry.modRevision(), entry.garbageFrom());
  }

  /** Puts a key's newer entry in place of its older one. */
  void replace(int at, KeyEntry entry) {
    live += alive(entry) - alive(entries[at]);
    entries[at] = entry;
    widen(entry.modRevision(), entry.garbageFrom());
  }

  void remove(int at) {
    live -= alive(entries[at]);
    size--;
    System.arraycopy(entries, at + 1, entries, at, size - at);
    Arrays.fill(entries, size, size + 1, null);
  }

  /** Moves everything from an index on into a new leaf. */
  Leaf split(int at) {
    Leaf right = new Leaf(batch);
    right.size = size - at;
    System.arraycopy(entries, at, right.entries, 0, right.size);
    Arrays.fill(entries, at, size, null);
    size = at;
    summarize();
    right.summarize();
    return right;
  }

  @Override
  byte[] firstKey() {
    return entries[0].key();
  }

  @Override
  void append(Node next) {
    Leaf leaf = (Leaf) next;
    System.arraycopy(leaf.entries, 0, entries, size, leaf.size);
    size += leaf.size;
    live += leaf.live;
    widen(leaf.newestRevision, leaf.garbageFrom);
  }

  @Override
  void summarize() {
    live = 0;
    newestRevision = 0;
    for (int i = 0; i < size; i++) {
      live += alive(entries[i]);
      newestRevision = Math.max(newestRevision, entries[i].modRevision());
    }
    boundGarbage();
  }

  @Override
  void boundGarbage() {
    garbageFrom = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      garbageFrom = Math.min(garbageFrom, entries[i].garbageFrom());
    }
  }
}
