package dev.rowan.mvcc.index;

import org.jspecify.annotations.Nullable;

/** Rows that nobody may read any more, of some whole keys. Immutable by agreement. */
public final class Garbage {
  private final long[] ids;
  private final byte[][] keys;
  private final byte @Nullable [] next;

  Garbage(long[] ids, byte[][] keys, byte @Nullable [] next) {
    this.ids = ids;
    this.keys = keys;
    this.next = next;
  }

  /** Row ids, by key and within a key ascending. */
  public long[] ids() {
    return ids;
  }

  /** The keys that the rows belong to, ascending; to be forgotten once the rows are deleted. */
  public byte[][] keys() {
    return keys;
  }

  /** The key after which to go on; null if there is no further garbage. */
  public byte @Nullable [] next() {
    return next;
  }
}
