package dev.rowan.mvcc.index;

import dev.rowan.dialects.RowId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The most recent births and deaths of keys, in id order, as of one moment. Immutable to readers:
 * later logs share its chunks and write only behind its end.
 */
final class LifeLog {
  private static final int CHUNK = 1024;

  /** Chunks kept: 65,536 changes, beyond which scanning is hardly dearer than reading the log. */
  private static final int CHUNKS_MAX = 64;

  static final LifeLog EMPTY = new LifeLog(new Chunk[0], CHUNK, 0);

  private final Chunk[] chunks;

  /** Changes in the last chunk. */
  private final int used;

  /** The log holds every change after this revision. */
  private final long floorRevision;

  private LifeLog(Chunk[] chunks, int used, long floorRevision) {
    this.chunks = chunks;
    this.used = used;
    this.floorRevision = floorRevision;
  }

  /** This log and one more change. Called by the writer only, on the newest log. */
  LifeLog plus(long id, byte[] key, boolean birth) {
    LifeLog log = used < CHUNK ? this : withRoom();
    log.chunks[log.chunks.length - 1].set(log.used, birth ? id : ~id, key);
    return new LifeLog(log.chunks, log.used + 1, log.floorRevision);
  }

  private LifeLog withRoom() {
    boolean full = chunks.length == CHUNKS_MAX;
    Chunk[] next = Arrays.copyOfRange(chunks, full ? 1 : 0, chunks.length + 1);
    next[next.length - 1] = new Chunk();
    return new LifeLog(next, 0, full ? chunks[0].revision(CHUNK - 1) : floorRevision);
  }

  /** Number of changes after a revision; -1 if the log does not reach back to it. */
  int since(long revision) {
    if (revision < floorRevision) {
      return -1;
    }
    int changes = 0;
    for (int c = chunks.length - 1; c >= 0; c--) {
      int length = length(c);
      int first = chunks[c].firstAfter(revision, length);
      changes += length - first;
      if (first > 0) {
        break;
      }
    }
    return changes;
  }

  /** Births less deaths in a range, among the newest changes. */
  long balance(byte[] from, byte @Nullable [] to, int newest) {
    long balance = 0;
    int left = newest;
    for (int c = chunks.length - 1; left > 0; c--) {
      int length = length(c);
      int first = Math.max(0, length - left);
      balance += chunks[c].balance(from, to, first, length);
      left -= length - first;
    }
    return balance;
  }

  private int length(int chunk) {
    return chunk == chunks.length - 1 ? used : CHUNK;
  }

  private static final class Chunk {
    /** Row ids; that of a death as {@code ~id}. */
    private final long[] ids = new long[CHUNK];

    private final byte[][] keys = new byte[CHUNK][];

    void set(int at, long signedId, byte[] key) {
      ids[at] = signedId;
      keys[at] = key;
    }

    long revision(int at) {
      return RowId.revision(ids[at] < 0 ? ~ids[at] : ids[at]);
    }

    int firstAfter(long revision, int length) {
      int low = 0;
      int high = length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (revision(middle) <= revision) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    int balance(byte[] from, byte @Nullable [] to, int first, int end) {
      int balance = 0;
      for (int i = first; i < end; i++) {
        boolean inside =
            Arrays.compareUnsigned(keys[i], from) >= 0
                && (to == null || Arrays.compareUnsigned(keys[i], to) < 0);
        balance += inside ? (ids[i] < 0 ? -1 : 1) : 0;
      }
      return balance;
    }
  }
}
