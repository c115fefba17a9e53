package dev.rowan.mvcc;

import dev.rowan.auth.Caller;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndex;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices what other instances append to a shared log, by asking for the head now and then, and has
 * the sequencer read it. Nothing depends on it but how soon watchers hear of it.
 */
public final class LogTail {
  private static final Logger log = LoggerFactory.getLogger(LogTail.class);

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final Sequencer sequencer;
  private final AtomicBoolean polling = new AtomicBoolean();

  public LogTail(RevisionLog revisionLog, KeyIndex index, Sequencer sequencer) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.sequencer = sequencer;
  }

  /** Asks once, on a thread that may block, unless the last question is still unanswered. */
  public void pollOn(Executor readers) {
    if (!polling.compareAndSet(false, true)) {
      return;
    }
    try {
      readers.execute(() -> {
        try {
          poll();
        } finally {
          polling.set(false);
        }
      });
    } catch (RejectedExecutionException e) {
      polling.set(false);
    }
  }

  private void poll() {
    try {
      long position = positionToReach(sequencer.head(), revisionLog.head());
      if (position > index.view().position()) {
        sequencer.submit(new Command.Sync(position), Caller.INTERNAL, new Ignored());
      }
    } catch (LogException e) {
      log.atDebug().addKeyValue("error", e.getMessage()).log("the head cannot be read");
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

  /** Success shows in the index, and what failed is tried again at the next poll. */
  private static final class Ignored implements StreamObserver<Long> {
    @Override
    public void onNext(Long position) {}

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }
}
