package dev.rowan.mvcc;

import static java.util.stream.Collectors.groupingBy;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.tracing.CallTrace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets linearizable reads through once this instance is known to have every write that was
 * acknowledged before they came (KV-3).
 *
 * <p>Where nobody else writes the log, that is always so. Over a shared database one query of the
 * head serves all the reads that wait; while it is on its way the next ones gather. Then the index
 * catches up, and the reads run on the event loops that they came from, while the next query is on
 * its way already.
 */
public final class ReadGate implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReadGate.class);

  /** Pause before a database that failed is asked again. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  /**
   * Nanoseconds for which a query waits for more reads, once several come at a time: about as long
   * as the query takes, so that twice as many share it. A read that comes alone doesn't wait.
   */
  private static final long GATHER_NANOS = 300_000;

  /** Reads that shared a query, from which on the next query waits for as many and more. */
  private static final int GATHER_FROM = 4;

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final Sequencer sequencer;
  private final long timeoutNanos;
  private final Supplier<Executor> home;
  private final Consumer<Throwable> fatal;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private List<Waiting> waiting = new ArrayList<>();
  private List<Waiting> serving = List.of();
  private int wanted = 1;
  private volatile boolean stopping;

  /**
   * Makes a gate that is not started yet.
   *
   * @param home where a read runs that the calling thread brings
   * @param fatal told of a defect after which no read could be proven current
   */
  public ReadGate(
      RevisionLog revisionLog,
      KeyIndex index,
      Sequencer sequencer,
      Duration requestTimeout,
      Supplier<Executor> home,
      Consumer<Throwable> fatal) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.sequencer = sequencer;
    this.timeoutNanos = requestTimeout.toNanos();
    this.home = home;
    this.fatal = fatal;
    this.thread = Thread.ofPlatform().name("rowan-reads").unstarted(this::run);
  }

  /** What waits to read. */
  public interface Read {
    /** The index is current enough. Must not block. */
    void run();

    /** It could not be made sure in time. */
    void refuse(EtcdException refusal);
  }

  /** A read and who may answer it: whoever claims it first, the gate or the timer. */
  private static final class Waiting {
    private final Read read;
    private final Executor home;
    private final long deadlineNanos;
    private final CallTrace trace = CallTrace.current();
    private final AtomicBoolean claimed = new AtomicBoolean();

    Waiting(Read read, Executor home, long deadlineNanos) {
      this.read = read;
      this.home = home;
      this.deadlineNanos = deadlineNanos;
      trace.enter(CallTrace.Stage.CONFIRM_NEWEST);
    }

    boolean claim() {
      return claimed.compareAndSet(false, true);
    }

    boolean late(long now) {
      return deadlineNanos - now <= 0;
    }

    void refuse(EtcdError error) {
      if (claim()) {
        trace.leave();
        read.refuse(error.exception());
      }
    }
  }

  public void start() {
    if (revisionLog.shared()) {
      thread.start();
    }
  }

  /** Runs a read when it is linearizable: at once where this instance is the only writer. */
  public void whenCurrent(Read read) {
    if (!revisionLog.shared()) {
      read.run();
      return;
    }
    Waiting waiting = new Waiting(read, home.get(), System.nanoTime() + timeoutNanos);
    if (!admit(waiting)) {
      waiting.refuse(EtcdError.STOPPED);
    }
  }

  private boolean admit(Waiting read) {
    lock.lock();
    try {
      if (!stopping) {
        waiting.add(read);
        if (waiting.size() >= wanted) {
          arrived.signal();
        }
      }
      return !stopping;
    } finally {
      lock.unlock();
    }
  }

  private List<Waiting> all() {
    lock.lock();
    try {
      List<Waiting> all = new ArrayList<>(serving);
      all.addAll(waiting);
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses those whose time is over at a time; called by the timer. */
  public void refuseLate(long nowNanos) {
    for (Waiting w : all()) {
      if (w.late(nowNanos)) {
        w.refuse(EtcdError.TIMED_OUT);
      }
    }
  }

  private void run() {
    try {
      while (!stopping) {
        serve(next());
      }
    } catch (InterruptedException e) {
      // close() asks to stop.
    } catch (RuntimeException | Error e) {
      fatal.accept(e);
      throw e;
    } finally {
      stop();
    }
  }

  /** Takes the reads that wait, at least one. */
  private List<Waiting> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      waiting.removeIf(w -> w.claimed.get());
      int shared = serving.size();
      serving = List.of();
      wanted = 1;
      while (waiting.isEmpty()) {
        arrived.await();
      }
      if (shared >= GATHER_FROM) {
        gather(shared + shared / GATHER_FROM);
      }
      serving = waiting;
      waiting = new ArrayList<>();
      return serving;
    } finally {
      lock.unlock();
    }
  }

  private void gather(int reads) throws InterruptedException {
    wanted = reads;
    long left = GATHER_NANOS;
    while (waiting.size() < wanted && left > 0) {
      left = arrived.awaitNanos(left);
    }
  }

  private void stop() {
    stopping = true;
    all().forEach(w -> w.refuse(EtcdError.STOPPED));
  }

  private void serve(List<Waiting> reads) throws InterruptedException {
    try {
      awaitPosition(LogTail.positionToReach(sequencer.head(), revisionLog.head()));
      sequencer.reads().over();
    } catch (LogException e) {
      sequencer.reads().failed(e);
      retryLater(reads);
      return;
    } catch (ExecutionException | TimeoutException e) {
      // The sequencer could not catch up, and has told why.
      retryLater(reads);
      return;
    }
    reads.stream().collect(groupingBy(w -> w.home)).forEach(this::sendHome);
  }

  private void sendHome(Executor home, List<Waiting> reads) {
    try {
      home.execute(() -> runAll(reads));
    } catch (RejectedExecutionException e) {
      reads.forEach(w -> w.refuse(EtcdError.STOPPED));
    }
  }

  private void runAll(List<Waiting> reads) {
    try {
      for (Waiting w : reads) {
        if (w.claim()) {
          w.trace.leave();
          w.trace.within(() -> run(w.read));
        }
      }
    } catch (Error e) {
      reads.forEach(w -> w.refuse(EtcdError.INTERNAL));
      fatal.accept(e);
      throw e;
    }
  }

  private void retryLater(List<Waiting> reads) throws InterruptedException {
    putBack(reads);
    TimeUnit.MILLISECONDS.sleep(RETRY_AFTER.toMillis());
  }

  private void putBack(List<Waiting> reads) {
    lock.lock();
    try {
      waiting.addAll(0, reads);
    } finally {
      lock.unlock();
    }
  }

  private static void run(Read read) {
    try {
      read.run();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a read failed");
      refuse(read);
    }
  }

  private static void refuse(Read read) {
    try {
      read.refuse(EtcdError.INTERNAL.exception());
    } catch (RuntimeException e) {
      log.atDebug().setCause(e).log("a caller was gone before its answer");
    }
  }

  private void awaitPosition(long position)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (index.view().position() >= position) {
      return;
    }
    sequencer.carryOut(new Command.Sync(position, true)).get(timeoutNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
  }
}
