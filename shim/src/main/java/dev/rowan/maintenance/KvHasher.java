package dev.rowan.maintenance;

import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndexView;
import java.util.Optional;

/**
 * Hashes the store (M-4, M-5): reads every row once in one snapshot of the log, while writers and
 * pruning go on. Any thread that may block.
 *
 * <p>What counts is what the index says is kept, not what is in the table, so it makes no
 * difference how far pruning has come. In the history below, compacted at 4, the hash at 5 takes of
 * the rows through 4 only what is the newest live version of its key as seen at 5, and every later
 * row.
 *
 * <pre>
 * revision   2     3     4     5       compacted at 4
 *            a=1   a=2   b=1   b=2
 * at 5             x           x       b=1 is no longer the newest at 5
 * at 4             x     x
 * </pre>
 */
public final class KvHasher {
  private static final KeyRange ALL = KeyRange.all();

  private final RevisionLog log;

  public KvHasher(RevisionLog log) {
    this.log = log;
  }

  /**
   * Hashes the keys as a view has them, up to a revision that it can read.
   *
   * @return empty if the log was compacted beyond the view: a newer one is needed
   */
  public Optional<KvHash> hash(KeyIndexView view, long revision) throws LogException {
    boolean empty = view.count(ALL.from(), ALL.to(), Math.max(0, revision)) == 0;
    Kept kept = new Kept(view, view.compactRevision(), empty ? view.compactRevision() : revision);
    Scan scan = new Scan(kept, view.compactRevision());
    log.scan(through(revision), scan);
    return scan.current ? Optional.of(scan.hash(revision)) : Optional.empty();
  }

  /**
   * Hashes the keys as a compaction finds them: up to its revision, and still by the compaction
   * before, whose view of them it is about to make impossible.
   *
   * @param view compacted, and nothing that this compaction made garbage is pruned yet
   * @return empty if some of it is pruned after all, by another instance
   */
  Optional<KvHash> hashCompaction(KeyIndexView view, long previousCompactRevision)
      throws LogException {
    long revision = view.compactRevision();
    long keptAt = keepsAny(view, revision) ? revision : previousCompactRevision;
    Kept kept = new Kept(view, previousCompactRevision, keptAt);
    Scan scan = new Scan(kept, Scan.ANY);
    log.scan(through(revision), scan);
    return scan.rows == kept.count(revision) ? Optional.of(scan.hash(revision)) : Optional.empty();
  }

  /** Whether a compaction keeps anything: a live key, or a deletion at its very revision. */
  private static boolean keepsAny(KeyIndexView view, long revision) {
    boolean[] deletion = {false};
    if (view.count(ALL.from(), ALL.to(), revision) == 0) {
      view.changes(
          ALL.from(),
          ALL.to(),
          revision,
          revision,
          (entry, id, deleted, previousId) -> deletion[0] |= deleted);
      return deletion[0];
    }
    return true;
  }

  /** The last id of a revision; none of a negative one, of which etcd hashes nothing. */
  private static long through(long revision) {
    return revision < 0 ? -1 : RowId.last(revision);
  }

  /** A CRC-32C over all rows and all other state, in whatever order the log has them. */
  int hashAll(String bucketLeftOut) throws LogException {
    RowChecksum checksum = new RowChecksum();
    log.scan(
        Long.MAX_VALUE,
        new RevisionLog.ScanVisitor() {
          @Override
          public boolean head(Head head) {
            return true;
          }

          @Override
          public void meta(MetaRow row) {
            if (!row.bucket().equals(bucketLeftOut)) {
              checksum.add(row);
            }
          }

          @Override
          public void row(LogRow row) {
            checksum.add(row);
          }
        });
    return checksum.value();
  }

  /**
   * Which rows count.
   *
   * @param compactRevision a later row always counts
   * @param keptAt of the others, those that are visible at this revision
   */
  private record Kept(KeyIndexView view, long compactRevision, long keptAt) {
    boolean contains(LogRow row) {
      if (row.revision() > compactRevision) {
        return true;
      }
      KeyEntry entry = view.get(row.key().toByteArray());
      return entry != null && entry.idAt(keptAt) == row.id();
    }

    /** Rows that count up to a revision, by the index alone. */
    long count(long revision) {
      long[] count = {0};
      view.forEach(
          ALL.from(),
          ALL.to(),
          entry -> {
            long id = entry.idAt(keptAt);
            boolean old = id != 0 && RowId.revision(id) <= compactRevision;
            count[0] += entry.changesBetween(compactRevision, revision) + (old ? 1 : 0);
            return true;
          });
      return count[0];
    }
  }

  /** One pass over the log. */
  private static final class Scan implements RevisionLog.ScanVisitor {
    /** Whatever the log is compacted at. */
    static final long ANY = Long.MIN_VALUE;

    private final RowChecksum checksum = new RowChecksum();
    private final Kept kept;
    private final long logCompactRevision;
    private boolean current;
    private long rows;

    Scan(Kept kept, long logCompactRevision) {
      this.kept = kept;
      this.logCompactRevision = logCompactRevision;
    }

    @Override
    public boolean head(Head head) {
      current = logCompactRevision == ANY || head.compactRevision() == logCompactRevision;
      return current;
    }

    @Override
    public void row(LogRow row) {
      if (kept.contains(row)) {
        checksum.add(row);
        rows++;
      }
    }

    KvHash hash(long revision) {
      return new KvHash(checksum.value(), kept.compactRevision, revision);
    }
  }
}
