package dev.rowan;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.Instance;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One instance's access to a log that several share within this process. It learns of what others
 * append when something asks for it, never by looking now and then; and reads it in pages as small
 * and as late as a test likes.
 */
final class SharedLog implements RevisionLog {
  private final RevisionLog log;

  /** Rows of a page at most. */
  volatile int pageRows = Integer.MAX_VALUE;

  /** What each page takes one of, if set. */
  volatile @Nullable Semaphore pages;

  SharedLog(RevisionLog log) {
    this.log = log;
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public Head head() throws LogException {
    if (Thread.currentThread().getName().startsWith("rowan-tail")) {
      throw new LogException.Unavailable(
          "nobody looks now and then", new IOException("by this test"));
    }
    return log.head();
  }

  @Override
  public Head load(LoadVisitor visitor) throws LogException {
    return log.load(visitor);
  }

  @Override
  public Filling fill() throws LogException {
    return log.fill();
  }

  @Override
  public Changes changesSince(Head known, int rowsMax) throws LogException {
    Semaphore leave = pages;
    if (leave != null) {
      leave.acquireUninterruptibly();
    }
    return log.changesSince(known, Math.min(rowsMax, pageRows));
  }

  @Override
  public void append(Batch batch) throws LogException {
    synchronized (log) {
      log.append(batch);
    }
  }

  @Override
  public List<@Nullable LogRow> rows(long[] ids) throws LogException {
    return log.rows(ids);
  }

  @Override
  public void scan(long throughId, ScanVisitor visitor) throws LogException {
    log.scan(throughId, visitor);
  }

  @Override
  public void interrupt() {}

  @Override
  public List<Instance> announce(Instance self) throws LogException {
    return log.announce(self);
  }

  @Override
  public void leave(Instance self) throws LogException {
    log.leave(self);
  }

  @Override
  public long awaitAppend(Duration atMost) throws InterruptedException {
    boolean told = new Semaphore(0).tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS);
    return told ? 1 : NOTHING_TOLD;
  }

  @Override
  public void prune(long[] ids) throws LogException {
    synchronized (log) {
      log.prune(ids);
    }
  }

  @Override
  public void idle() throws LogException {
    synchronized (log) {
      log.idle();
    }
  }

  @Override
  public void defragment() throws LogException {
    synchronized (log) {
      log.defragment();
    }
  }

  @Override
  public LogSize size() throws LogException {
    return log.size();
  }

  @Override
  public void close() {}
}
