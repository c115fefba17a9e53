package dev.rowan.mvcc;

import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndex;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices what other instances append to a shared log and has the sequencer read it: when the
 * database tells of it, and by asking for the head now and then. How soon watchers hear of it
 * depends on it; and by what it hears, or doesn't, an idle instance knows of a {@link Stall}.
 *
 * <p>The pause between two questions is a twentieth of the time since an append was last found by a
 * question that nobody had told of. Where every append is told, or none happens, there is a
 * question a second; where nothing is told, as over MySQL, a change that comes three seconds after
 * the last is found within 150 ms, and one that comes at once within 10 ms.
 */
public final class LogTail implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LogTail.class);

  private static final Duration PAUSE_MIN = Duration.ofMillis(10);

  /**
   * Longest time for which another instance's append stays unnoticed while the database answers.
   */
  public static final Duration PAUSE_MAX = Duration.ofSeconds(1);

  /** What the time since the last find is divided by. */
  private static final int PAUSE_DIVISOR = 20;

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final Sequencer sequencer;
  private final Consumer<Throwable> fatal;
  private final Thread thread;
  private long foundNanos = System.nanoTime();
  private long toldNanos = System.nanoTime() - PAUSE_MAX.toNanos();
  private volatile long told;
  private final AtomicBoolean following = new AtomicBoolean();
  private volatile boolean stopping;

  /**
   * Makes a tail that is not started yet.
   *
   * @param fatal told of a defect after which watchers would hear of nothing
   */
  public LogTail(
      RevisionLog revisionLog, KeyIndex index, Sequencer sequencer, Consumer<Throwable> fatal) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.sequencer = sequencer;
    this.fatal = fatal;
    this.thread = Thread.ofPlatform().name("rowan-tail").unstarted(this::run);
  }

  public void start() {
    if (revisionLog.shared()) {
      thread.start();
    }
  }

  private void run() {
    try {
      while (!stopping) {
        long position = revisionLog.awaitAppend(pause(System.nanoTime() - foundNanos));
        if (position == RevisionLog.NOTHING_TOLD) {
          ask();
        } else {
          sequencer.stall().heard();
          toldNanos = System.nanoTime();
          told = position;
          follow();
        }
      }
    } catch (InterruptedException e) {
      // close() asks to stop.
    } catch (RuntimeException | Error e) {
      if (!stopping) {
        fatal.accept(e);
        throw e;
      }
    }
  }

  /** The pause before the next question, so long after a find. */
  static Duration pause(long nanosSinceFound) {
    long pause = nanosSinceFound / PAUSE_DIVISOR;
    return Duration.ofNanos(Math.clamp(pause, PAUSE_MIN.toNanos(), PAUSE_MAX.toNanos()));
  }

  private void ask() {
    try {
      sequencer.stall().asked();
      long position = positionToReach(sequencer.head(), revisionLog.head());
      sequencer.stall().heard();
      if (position > index.view().position()) {
        // Success shows in the index, and what failed is tried again at the next question.
        var _ = sequencer.carryOut(new Command.Sync(position, true));
        long now = System.nanoTime();
        if (now - toldNanos > PAUSE_MAX.toNanos()) {
          // What is being told of is no reason to ask more often.
          foundNanos = now;
        }
      }
    } catch (LogException e) {
      log.atDebug().addKeyValue("error", e.getMessage()).log("the head cannot be read");
    }
  }

  /**
   * Has the sequencer read what was told of, once at a time: what is told meanwhile is looked for
   * afterwards. Anybody may notify, so a position is only a reason to look.
   */
  private void follow() {
    long position = told;
    if (position <= index.view().position() || !following.compareAndSet(false, true)) {
      return;
    }
    var _ =
        sequencer
            .carryOut(new Command.Sync(position, false))
            .whenComplete((reached, refusal) -> {
              following.set(false);
              if (refusal == null && told != position) {
                follow();
              }
            });
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

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
  }
}
