package dev.rowan.mvcc.index;

/**
 * A node of the {@link KeyTree}. The batch that made it may change it in place; once that batch is
 * published, nobody may.
 */
abstract sealed class Node permits Leaf, Inner {
  /**
   * Entries of a leaf and children of an inner node. Measured with 1,000,000 keys: 32 takes 4 bytes
   * a key more and a third more time to get and scan, for puts 6% cheaper; 128 makes puts a third
   * dearer.
   */
  static final int FANOUT = 64;

  /** Two neighbours of together at most this size are merged when one of them shrinks. */
  private static final int MERGED_MAX = FANOUT * 3 / 4;

  /** The batch that made this node. */
  final long batch;

  /** Entries or children. */
  int size;

  /** Live keys in this subtree. */
  int live;

  /** No change in this subtree is newer. */
  long newestRevision;

  /** No key in this subtree has garbage at a smaller compact revision. */
  long garbageFrom = Long.MAX_VALUE;

  Node(long batch) {
    this.batch = batch;
  }

  /** This node if the batch may change it, else a copy that it may change. */
  abstract Node ownedBy(long wanted);

  /** The smallest key. The subtree is not empty. */
  abstract byte[] firstKey();

  /** Appends the content of the next node of the same level. */
  abstract void append(Node next);

  /** Takes the summaries anew from the content. */
  abstract void summarize();

  /** Takes the lower bound of garbage anew from the content. */
  abstract void boundGarbage();

  boolean mergesWith(Node neighbour) {
    return size + neighbour.size <= MERGED_MAX;
  }

  final void copySummaries(Node other) {
    size = other.size;
    live = other.live;
    newestRevision = other.newestRevision;
    garbageFrom = other.garbageFrom;
  }

  final void widen(long revision, long garbageRevision) {
    newestRevision = Math.max(newestRevision, revision);
    garbageFrom = Math.min(garbageFrom, garbageRevision);
  }
}
