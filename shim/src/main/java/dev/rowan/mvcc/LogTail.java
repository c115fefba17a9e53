package dev.rowan.mvcc;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndex;
import io.grpc.stub.StreamObserver;
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

  public LogTail(RevisionLog revisionLog, KeyIndex index, Sequencer sequencer) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.sequencer = sequencer;
  }

  /** Asks once; blocks on the database. */
  public void poll() {
    try {
      long known = index.view().position();
      long position = revisionLog.head().position();
      if (position < known) {
        // The sequencer finds out what became of the log, and stops where it went backwards.
        sequencer.submit(new Command.Sync(Long.MAX_VALUE), new Ignored());
      } else if (position > index.view().position()) {
        sequencer.submit(new Command.Sync(position), new Ignored());
      }
    } catch (LogException e) {
      log.atDebug().addKeyValue("error", e.getMessage()).log("the head cannot be read");
    }
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
