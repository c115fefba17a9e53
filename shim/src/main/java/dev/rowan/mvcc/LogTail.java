package dev.rowan.mvcc;

import dev.rowan.auth.Caller;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndex;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices what other instances append to a shared log, by asking for the head, and has the
 * sequencer read it. Nothing depends on it but how soon watchers hear of it.
 *
 * <p>It asks at the pace of what others write. An append of this instance's own says as much as an
 * answer: it succeeds only at the log's newest head. So an instance that alone writes hardly asks.
 * The thread {@code rowan-tail} does it, so that no long read is in its way.
 */
public final class LogTail implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LogTail.class);

  /** How long others' writes stay unnoticed at most, while the database answers. */
  public static final Duration DELAY_MAX = Pace.SLOWEST;

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final Sequencer sequencer;
  private final Consumer<Throwable> fatal;
  private final AtomicBoolean syncing = new AtomicBoolean();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Makes a tail that is not started yet.
   *
   * @param fatal told of a defect after which others' writes would stay unnoticed
   */
  public LogTail(
      RevisionLog revisionLog, KeyIndex index, Sequencer sequencer, Consumer<Throwable> fatal) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.sequencer = sequencer;
    this.fatal = fatal;
    this.thread = Thread.ofPlatform().name("rowan-tail").unstarted(this::run);
  }

  /** Begins to ask, if anybody else can write to the log. */
  public void start() {
    if (revisionLog.shared()) {
      thread.start();
    }
  }

  private void run() {
    long asked = System.nanoTime();
    try {
      while (!closing.await(nanosLeft(asked, System.nanoTime()), TimeUnit.NANOSECONDS)) {
        // An append of our own may have put the question off meanwhile.
        if (nanosLeft(asked, System.nanoTime()) <= 0) {
          asked = System.nanoTime();
          ask();
        }
      }
    } catch (InterruptedException e) {
      // Nobody interrupts it but to end it.
    } catch (RuntimeException | Error e) {
      fatal.accept(e);
      throw e;
    }
  }

  private long nanosLeft(long asked, long now) {
    long appended = sequencer.appendedNanos();
    long known = appended - asked > 0 ? appended : asked;
    return known + Pace.waitNanos(now - sequencer.syncedNanos()) - now;
  }

  private void ask() {
    try {
      long position = positionToReach(sequencer.head(), revisionLog.head());
      if (position > index.view().position() && syncing.compareAndSet(false, true)) {
        sequencer.submit(new Command.Sync(position), Caller.INTERNAL, new Synced());
      }
    } catch (LogException e) {
      log.atDebug().addKeyValue("error", e.getMessage()).log("the head cannot be read");
    } catch (IllegalStateException e) {
      if (closing.getCount() > 0) {
        throw e;
      }
    }
  }

  /**
   * The position to read up to: that of the log's head; or the greatest there is where the log does
   * not follow from what was known, so that the sequencer finds out what became of it and stops.
   *
   * @param known read before the log's head was
   */
  static long positionToReach(Head known, Head log) {
    boolean replaced = log.position() == known.position() && log.token() != known.token();
    return log.position() < known.position() || replaced ? Long.MAX_VALUE : log.position();
  }

  /** Success shows in the index, and what failed is tried again at the next question. */
  private final class Synced implements StreamObserver<Long> {
    @Override
    public void onNext(Long position) {}

    @Override
    public void onError(Throwable t) {
      syncing.set(false);
    }

    @Override
    public void onCompleted() {
      syncing.set(false);
    }
  }

  /** Ends the thread; a question that is under way is not waited for. */
  @Override
  public void close() {
    closing.countDown();
  }
}
