package dev.rowan.mvcc.index;

import dev.rowan.dialects.RowId;
import java.util.Arrays;

/**
 * One key with all of its kept changes, as of its newest one. Immutable; read by any thread.
 *
 * <p>The older row ids are in an array that the entries of one key share: the newest entry writes
 * its own id into the slot behind its history when it is superseded, and no entry reads beyond its
 * own {@code count}. A slot is only ever written with the id of the entry whose count it is, so
 * taking a batch back and changing the key again disturbs no entry that was published.
 */
public final class KeyEntry {
  private static final long[] NO_HISTORY = {};

  private final byte[] key;

  /** Row ids before the newest, ascending; a deletion is stored as {@code ~id}. */
  private final long[] history;

  private final int count;
  private final long id;
  private final long createRevision;
  private final long version;
  private final long leaseId;

  private KeyEntry(
      byte[] key,
      long[] history,
      int count,
      long id,
      long createRevision,
      long version,
      long leaseId) {
    this.key = key;
    this.history = history;
    this.count = count;
    this.id = id;
    this.createRevision = createRevision;
    this.version = version;
    this.leaseId = leaseId;
  }

  static KeyEntry first(byte[] key, long id, long createRevision, long version, long leaseId) {
    return new KeyEntry(key, NO_HISTORY, 0, id, createRevision, version, leaseId);
  }

  /** This key after one more change. Called by the writer only, on the newest entry of a key. */
  KeyEntry next(long nextId, long nextCreateRevision, long nextVersion, long nextLeaseId) {
    if (nextId <= id) {
      throw new IllegalArgumentException("row " + nextId + " does not follow row " + id);
    }
    long[] ids = count < history.length ? history : Arrays.copyOf(history, grown(count));
    ids[count] = signed(count);
    return new KeyEntry(key, ids, count + 1, nextId, nextCreateRevision, nextVersion, nextLeaseId);
  }

  private static int grown(int length) {
    return length + (length >> 1) + 1;
  }

  /** The key. Not to be written to. */
  public byte[] key() {
    return key;
  }

  /** Row id of the newest change. */
  public long id() {
    return id;
  }

  /** Revision of the newest change. */
  public long modRevision() {
    return RowId.revision(id);
  }

  /** Revision of the put that started the present life; 0 if the newest change is a deletion. */
  public long createRevision() {
    return createRevision;
  }

  /** Number of puts in the present life; 0 if the newest change is a deletion. */
  public long version() {
    return version;
  }

  /** Lease of the newest change, 0 if none. */
  public long leaseId() {
    return leaseId;
  }

  /** Whether the newest change is a deletion. */
  public boolean deleted() {
    return version == 0;
  }

  /** Number of changes that the index keeps of this key, at least 1. */
  public int changesKept() {
    return count + 1;
  }

  /** Number of the kept changes of the revisions after one and through another. */
  public int changesBetween(long afterRevision, long throughRevision) {
    return lastThrough(throughRevision) - lastThrough(afterRevision);
  }

  /** Row id of the put that is visible at a revision; 0 if there is none or a deletion. */
  public long idAt(long revision) {
    int at = lastThrough(revision);
    return at < 0 ? 0 : Math.max(signed(at), 0);
  }

  /** The change at an index, 0 the oldest: its row id, or {@code ~id} if it is a deletion. */
  private long signed(int index) {
    if (index < count) {
      return history[index];
    }
    return version == 0 ? ~id : id;
  }

  private long revisionOf(int index) {
    return RowId.revision(unsigned(signed(index)));
  }

  private static long unsigned(long signedId) {
    return signedId < 0 ? ~signedId : signedId;
  }

  /** Index of the newest change whose revision is at most this; -1 if there is none. */
  private int lastThrough(long revision) {
    if (modRevision() <= revision) {
      return count;
    }
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (revisionOf(middle) <= revision) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** Visits the kept changes of these revisions, oldest first. */
  void changes(long fromRevision, long throughRevision, KeyIndexView.ChangeVisitor visitor) {
    for (int i = lastThrough(fromRevision - 1) + 1; i <= count; i++) {
      long change = signed(i);
      long changeId = unsigned(change);
      if (RowId.revision(changeId) > throughRevision) {
        return;
      }
      visitor.visit(this, changeId, change < 0, previousOf(i));
    }
  }

  /**
   * The put that was visible one revision before a change; 0 if there was none, or if the key was
   * deleted meanwhile in the change's own revision.
   */
  private long previousOf(int index) {
    int previous = index - 1;
    if (previous >= 0 && signed(previous) < 0) {
      return 0;
    }
    while (previous >= 0 && revisionOf(previous) == revisionOf(index)) {
      previous--;
    }
    return previous < 0 ? 0 : Math.max(signed(previous), 0);
  }

  /**
   * Number of the oldest changes that nobody may read any more: everything before the newest change
   * through the compact revision, and that one too if it is a deletion before it.
   */
  int garbageCount(long compactRevision) {
    int at = lastThrough(compactRevision);
    boolean spent = at >= 0 && signed(at) < 0 && revisionOf(at) < compactRevision;
    return spent ? at + 1 : Math.max(at, 0);
  }

  /** Copies the row ids of the oldest changes into an array. */
  void copyIds(int changes, long[] target, int offset) {
    for (int i = 0; i < changes; i++) {
      target[offset + i] = unsigned(signed(i));
    }
  }

  /** The smallest compact revision at which this key has garbage. */
  long garbageFrom() {
    long superseded = count == 0 ? Long.MAX_VALUE : revisionOf(1);
    return signed(0) < 0 ? Math.min(revisionOf(0) + 1, superseded) : superseded;
  }

  /** This key without its oldest changes, of which it keeps at least the newest. */
  KeyEntry withoutOldest(int changes) {
    long[] kept = changes == count ? NO_HISTORY : Arrays.copyOfRange(history, changes, count);
    return new KeyEntry(key, kept, count - changes, id, createRevision, version, leaseId);
  }
}
