package dev.rowan.mvcc;

import dev.rowan.dialects.RowId;
import org.jspecify.annotations.Nullable;

/**
 * The sorted map in memory from each key to its kept changes.
 *
 * <p>One thread writes; {@link #view} is for any thread.
 */
public final class KeyIndex {
  private final KeyTree tree = new KeyTree();
  private LifeLog lives = LifeLog.EMPTY;
  private long newestRevision;
  private volatile KeyIndexView published;
  private @Nullable KeyIndexView working;

  /** An empty index at revision 0, compact revision -1 and position 0. */
  public KeyIndex() {
    published = new KeyIndexView(tree.root(), lives, 0, -1, 0);
    tree.begin(tree.root());
  }

  /** The published state. */
  public KeyIndexView view() {
    return published;
  }

  /**
   * The state with the changes that are not published yet; its revision is that of the newest
   * change. For the writer only, and only until the next change.
   */
  public KeyIndexView working() {
    KeyIndexView view = working;
    if (view == null) {
      KeyIndexView base = published;
      view =
          new KeyIndexView(
              tree.root(), lives, newestRevision, base.compactRevision(), base.position());
      working = view;
    }
    return view;
  }

  /** A key's entry with the changes that are not published yet; null if nothing is kept of it. */
  public @Nullable KeyEntry get(byte[] key) {
    return tree.find(key);
  }

  /** Records a put; the index keeps the array. Ids of a key must ascend. */
  public KeyEntry put(byte[] key, long id, long leaseId) {
    KeyEntry before = tree.find(key);
    return before == null || before.deleted()
        ? change(before, key, id, RowId.revision(id), 1, leaseId)
        : change(before, key, id, before.createRevision(), before.version() + 1, leaseId);
  }

  /** Records the deletion of a key that is live. */
  public KeyEntry delete(byte[] key, long id) {
    KeyEntry before = tree.find(key);
    if (before == null || before.deleted()) {
      throw new IllegalArgumentException("row " + id + " deletes a key that is not live");
    }
    return change(before, key, id, 0, 0, 0);
  }

  /**
   * Records a row as the log has it, whose predecessors may be pruned. Version 0 is a deletion. The
   * index keeps the array.
   */
  public void load(byte[] key, long id, long createRevision, long version, long leaseId) {
    KeyEntry before = tree.find(key);
    boolean deletion = version == 0;
    change(before, key, id, deletion ? 0 : createRevision, version, deletion ? 0 : leaseId);
  }

  private KeyEntry change(
      @Nullable KeyEntry before,
      byte[] key,
      long id,
      long createRevision,
      long version,
      long leaseId) {
    KeyEntry after;
    if (before == null) {
      after = KeyEntry.first(key, id, createRevision, version, leaseId);
      tree.insert(after);
    } else {
      after = before.next(id, createRevision, version, leaseId);
      tree.replace(after);
    }
    boolean wasLive = before != null && !before.deleted();
    if (wasLive == after.deleted()) {
      lives = lives.plus(id, after.key(), !wasLive);
    }
    newestRevision = Math.max(newestRevision, RowId.revision(id));
    working = null;
    return after;
  }

  /**
   * Drops what nobody may read any more of a key at a compact revision, and the key itself if
   * nothing is left. Call it once those rows are deleted.
   */
  public void forget(byte[] key, long compactRevision) {
    KeyEntry entry = tree.find(key);
    int garbage = entry == null ? 0 : entry.garbageCount(compactRevision);
    if (entry == null || garbage == 0) {
      return;
    }
    if (garbage == entry.changesKept()) {
      tree.remove();
    } else {
      tree.shorten(entry.withoutOldest(garbage));
    }
    working = null;
  }

  /**
   * Publishes every change since the last publication.
   *
   * @param revision at least that of the newest change
   * @param position the log's position that the state belongs to
   */
  public void publish(long revision, long compactRevision, long position) {
    if (revision < newestRevision) {
      throw new IllegalArgumentException(
          "published at " + revision + " with changes of " + newestRevision);
    }
    newestRevision = revision;
    working = null;
    published = new KeyIndexView(tree.root(), lives, revision, compactRevision, position);
    tree.begin(tree.root());
  }

  /** Takes back every change since the last publication. */
  public void discard() {
    KeyIndexView view = published;
    lives = view.lives();
    newestRevision = view.revision();
    working = null;
    tree.begin(view.root());
  }
}
