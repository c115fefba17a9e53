package dev.rowan.maintenance;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RevisionLog.LogSize;
import dev.rowan.mvcc.Change;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The space that the store takes, as it was last measured, so that who needs it for each request
 * doesn't ask the database. Any thread.
 *
 * <p>It is measured once a second while there are writes, and every {@link #IDLE_PERIOD} without.
 * What was committed since is added by its bytes, so growth shows at once; what pruning and
 * defragmenting freed shows with the next measurement. While the database is away, the last known
 * size stays.
 */
public final class StoreSize {
  /** What a row takes beside its key and value, about. */
  private static final int ROW_BYTES = 64;

  /** What pruning and other instances did to the size shows so late at most. */
  private static final Duration IDLE_PERIOD = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(StoreSize.class);

  private final RevisionLog revisionLog;
  private final AtomicLong bytesSince = new AtomicLong();
  private volatile LogSize measured;
  private volatile long measuredNanos = System.nanoTime();

  /** Measures for the first time. */
  public StoreSize(RevisionLog revisionLog) throws LogException {
    this.revisionLog = revisionLog;
    this.measured = revisionLog.size();
  }

  /** As last measured. */
  public LogSize measured() {
    return measured;
  }

  /** Bytes in use, with what was committed since they were measured. */
  public long bytesInUse() {
    return measured.bytesInUse() + bytesSince.get();
  }

  /** Told of every commit. */
  public void committed(List<Change> changes) {
    long bytes = 0;
    for (Change change : changes) {
      bytes += ROW_BYTES + change.kv().getKey().size() + change.kv().getValue().size();
    }
    bytesSince.addAndGet(bytes);
  }

  /** Measures; asks the database. */
  public void measure() {
    long counted = bytesSince.get();
    try {
      measured = revisionLog.size();
      measuredNanos = System.nanoTime();
      bytesSince.addAndGet(-counted);
    } catch (LogException e) {
      log.atDebug().setCause(e).log("the size of the database stays the last known");
    }
  }

  /** Measures, unless that was done lately and nothing was committed since; asks the database. */
  public void measureWhenDue() {
    boolean lately = System.nanoTime() - measuredNanos < IDLE_PERIOD.toNanos();
    if (!lately || bytesSince.get() != 0) {
      measure();
    }
  }
}
