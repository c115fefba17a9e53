package dev.rowan.mvcc.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The key index as of one revision. Immutable once published; read by any thread without locks.
 *
 * <p>Ranges are {@code from} inclusive and {@code to} exclusive in unsigned byte order, where a
 * null {@code to} is an open end. A range that ends before it starts is empty.
 */
public final class KeyIndexView {
  private final Node root;
  private final LifeLog lives;
  private final long revision;
  private final long compactRevision;
  private final long position;

  KeyIndexView(Node root, LifeLog lives, long revision, long compactRevision, long position) {
    this.root = root;
    this.lives = lives;
    this.revision = revision;
    this.compactRevision = compactRevision;
    this.position = position;
  }

  /** Receives entries in key order. */
  public interface Visitor {
    /** Returns whether to go on. */
    boolean visit(KeyEntry entry);
  }

  /** Receives the keys that are visible at a revision, in key order. */
  public interface RowVisitor {
    /** Takes a key and the id of its visible row; returns whether to go on. */
    boolean visit(KeyEntry entry, long id);
  }

  /** Receives changes, by key and within a key ascending. */
  public interface ChangeVisitor {
    /**
     * Takes one change.
     *
     * @param previousId the put that was visible one revision before (W-8); 0 if there was none, if
     *     it is not kept, or if this change begins a life
     */
    void visit(KeyEntry entry, long id, boolean deletion, long previousId);
  }

  Node root() {
    return root;
  }

  LifeLog lives() {
    return lives;
  }

  /** The newest revision that this view shows. */
  public long revision() {
    return revision;
  }

  /** The oldest revision that may be read; -1 before the first compaction. */
  public long compactRevision() {
    return compactRevision;
  }

  /** The log's position that this view belongs to. */
  public long position() {
    return position;
  }

  /** A key's entry; null if nothing is kept of it. It may be a deleted one. */
  public @Nullable KeyEntry get(byte[] key) {
    Node node = root;
    while (node instanceof Inner inner) {
      node = inner.children[inner.slot(key)];
    }
    Leaf leaf = (Leaf) node;
    int at = leaf.search(key);
    return at < 0 ? null : leaf.entries[at];
  }

  /** Visits the entries of a range, deleted ones included. */
  public void forEach(byte[] from, byte @Nullable [] to, Visitor visitor) {
    visit(root, from, to, 0, visitor);
  }

  /** Visits the keys of a range that are live at the newest revision. */
  public void forEachLive(byte[] from, byte @Nullable [] to, RowVisitor visitor) {
    visit(root, from, to, 1, e -> e.deleted() || visitor.visit(e, e.id()));
  }

  /** Visits the keys of a range that are live at a revision, which is not compacted. */
  public void forEachAt(byte[] from, byte @Nullable [] to, long atRevision, RowVisitor visitor) {
    if (atRevision >= revision) {
      forEachLive(from, to, visitor);
      return;
    }
    Visitor visible =
        entry -> {
          long id = entry.idAt(atRevision);
          return id == 0 || visitor.visit(entry, id);
        };
    visit(root, from, to, 0, visible);
  }

  /** Visits a range, without the subtrees that have fewer live keys; false if it was stopped. */
  private static boolean visit(
      Node node, byte @Nullable [] from, byte @Nullable [] to, int liveMin, Visitor visitor) {
    if (node.live < liveMin) {
      return true;
    }
    switch (node) {
      case Leaf leaf -> {
        int end = leaf.to(to);
        for (int i = leaf.from(from); i < end; i++) {
          if (!visitor.visit(leaf.entries[i])) {
            return false;
          }
        }
      }
      case Inner inner -> {
        int first = inner.from(from);
        int last = inner.to(to);
        for (int i = first; i <= last; i++) {
          byte[] childFrom = i == first ? from : null;
          byte[] childTo = i == last ? to : null;
          if (!visit(inner.children[i], childFrom, childTo, liveMin, visitor)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Keys of a range that are live at the newest revision. O(log n). */
  public long count(byte[] from, byte @Nullable [] to) {
    long end = to == null ? root.live : liveBelow(to);
    return Math.max(0, end - liveBelow(from));
  }

  private long liveBelow(byte[] key) {
    long below = 0;
    Node node = root;
    while (node instanceof Inner inner) {
      int slot = inner.slot(key);
      below += inner.liveBefore(slot);
      node = inner.children[slot];
    }
    return below + ((Leaf) node).liveBelow(key);
  }

  /**
   * Keys of a range that are live at a revision, which is not compacted. Costs the leaves of the
   * range that changed since, or the births and deaths since, whichever is less.
   */
  public long count(byte[] from, byte @Nullable [] to, long atRevision) {
    if (atRevision >= revision) {
      return count(from, to);
    }
    int changes = lives.since(atRevision);
    CountAt scan = new CountAt(atRevision, changes < 0 ? Long.MAX_VALUE : changes);
    if (changes != 0 && scan.add(root, from, to)) {
      return scan.count();
    }
    return count(from, to) - lives.balance(from, to, changes);
  }

  /**
   * Visits every kept change of a range with {@code fromRevision <= revision <= throughRevision}.
   * Costs the leaves of the range that changed since.
   */
  public void changes(
      byte[] from,
      byte @Nullable [] to,
      long fromRevision,
      long throughRevision,
      ChangeVisitor visitor) {
    changes(root, from, to, fromRevision, throughRevision, visitor);
  }

  private static void changes(
      Node node,
      byte @Nullable [] from,
      byte @Nullable [] to,
      long fromRevision,
      long throughRevision,
      ChangeVisitor visitor) {
    if (node.newestRevision < fromRevision) {
      return;
    }
    switch (node) {
      case Leaf leaf -> {
        int end = leaf.to(to);
        for (int i = leaf.from(from); i < end; i++) {
          leaf.entries[i].changes(fromRevision, throughRevision, visitor);
        }
      }
      case Inner inner -> {
        int first = inner.from(from);
        int last = inner.to(to);
        for (int i = first; i <= last; i++) {
          byte[] childFrom = i == first ? from : null;
          byte[] childTo = i == last ? to : null;
          changes(inner.children[i], childFrom, childTo, fromRevision, throughRevision, visitor);
        }
      }
    }
  }

  /**
   * Collects rows that nobody may read any more at a compact revision, in key order. Costs the
   * garbage, not the table.
   *
   * @param after the key after which to start; null to start with the first
   * @param idsMax where to stop; exceeded by the rest of one key at most
   */
  public Garbage garbage(long atCompactRevision, byte @Nullable [] after, int idsMax) {
    GarbageCollector collector = new GarbageCollector(atCompactRevision, idsMax);
    boolean done =
        collector.add(root, after == null ? null : Arrays.copyOf(after, after.length + 1));
    return collector.garbage(done);
  }
}
