package dev.rowan.maintenance;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndexView;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hashes of the last compactions (M-5): each is computed before what the compaction made
 * garbage is pruned, and kept in memory, as in etcd.
 *
 * <p>The commits come from the sequencer's thread; everything else from any.
 */
public final class CompactionHashes {
  /** Hashes kept; etcd's number. */
  private static final int KEPT = 10;

  /**
   * Bytes in use up to which a compaction is hashed. Hashing reads the whole store: 64 MiB in rows
   * of 512 B take some 0.3 s of one core, and kube-apiserver compacts every five minutes. A greater
   * store answers as an etcd that was restarted since.
   */
  private static final long BYTES_MAX = 64L << 20;

  private static final Logger log = LoggerFactory.getLogger(CompactionHashes.class);

  private final KvHasher hasher;
  private final StoreSize size;
  private final LongTasks tasks;
  private final Runnable hashed;

  /** By revision. */
  private final TreeSet<KvHash> hashes = new TreeSet<>(Comparator.comparingLong(KvHash::revision));

  /** Compact revision of the newest commit. Only the committing thread uses it. */
  private long compactRevision;

  private volatile long hashedTo;

  /**
   * Begins with a store that was just loaded, whose last compaction is not hashed.
   *
   * @param tasks runs what asks the log for long
   * @param hashed told when {@link #hashedTo} has grown
   */
  public CompactionHashes(
      RevisionLog revisionLog,
      long compactRevision,
      StoreSize size,
      LongTasks tasks,
      Runnable hashed) {
    this.hasher = new KvHasher(revisionLog);
    this.compactRevision = compactRevision;
    this.hashedTo = compactRevision;
    this.size = size;
    this.tasks = tasks;
    this.hashed = hashed;
  }

  /** The compact revision up to which all is hashed that is going to be: it may be pruned. */
  public long hashedTo() {
    return hashedTo;
  }

  /** Told of every commit, before pruning is. */
  public void committed(KeyIndexView view) {
    long previous = compactRevision;
    if (view.compactRevision() == previous) {
      return;
    }
    compactRevision = view.compactRevision();
    if (view.compactRevision() <= 0 || size.bytesInUse() > BYTES_MAX) {
      // 0 is what an empty request asks for: the newest revision, not that compaction's.
      done(view);
      return;
    }
    try {
      tasks.executeFirst(() -> hash(view, previous));
    } catch (RejectedExecutionException e) {
      log.atDebug().log("the readers are busy; a compaction is not hashed");
      done(view);
    }
  }

  /** Told that the log was read anew: what its compactions made garbage may be gone already. */
  public void reloaded(KeyIndexView view) {
    compactRevision = view.compactRevision();
    done(view);
  }

  private void hash(KeyIndexView view, long previous) {
    try {
      hasher.hashCompaction(view, previous).ifPresent(this::keep);
    } catch (LogException e) {
      log.atDebug().setCause(e).log("a compaction could not be hashed");
    } finally {
      done(view);
    }
  }

  private void done(KeyIndexView view) {
    hashedTo = Math.max(hashedTo, view.compactRevision());
    hashed.run();
  }

  private synchronized void keep(KvHash hash) {
    hashes.add(hash);
    if (hashes.size() > KEPT) {
      hashes.pollFirst();
    }
  }

  /** The hash of the compaction at a revision, if it is still known. */
  synchronized Optional<KvHash> at(long revision) {
    return hashes.stream().filter(hash -> hash.revision() == revision).findFirst();
  }
}
