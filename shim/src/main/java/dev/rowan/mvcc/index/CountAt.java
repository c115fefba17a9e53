package dev.rowan.mvcc.index;

import org.jspecify.annotations.Nullable;

/** Counts the live keys of a range at an older revision, within a budget. */
final class CountAt {
  private final long revision;
  private long budget;
  private long count;

  /** A count that gives up after about as many visited entries and nodes as the budget says. */
  CountAt(long revision, long budget) {
    this.revision = revision;
    this.budget = budget;
  }

  long count() {
    return count;
  }

  /** Adds a subtree's keys; false if the budget is spent, and the count then means nothing. */
  boolean add(Node node, byte @Nullable [] from, byte @Nullable [] to) {
    if (from == null && to == null && node.newestRevision <= revision) {
      count += node.live;
      return true;
    }
    return switch (node) {
      case Leaf leaf -> addLeaf(leaf, leaf.from(from), leaf.to(to));
      case Inner inner -> addInner(inner, from, to);
    };
  }

  private boolean addInner(Inner inner, byte @Nullable [] from, byte @Nullable [] to) {
    int first = inner.from(from);
    int last = inner.to(to);
    budget -= Math.max(0, last - first);
    boolean within = budget >= 0;
    for (int i = first; within && i <= last; i++) {
      within = add(inner.children[i], i == first ? from : null, i == last ? to : null);
    }
    return within;
  }

  private boolean addLeaf(Leaf leaf, int first, int end) {
    budget -= Math.max(0, end - first);
    for (int i = first; i < end; i++) {
      count += leaf.entries[i].idAt(revision) == 0 ? 0 : 1;
    }
    return budget >= 0;
  }
}
