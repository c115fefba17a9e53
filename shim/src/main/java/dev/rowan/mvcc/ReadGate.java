package dev.rowan.mvcc;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.index.KeyIndex;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets linearizable reads through once this instance is known to have every write that was
 * acknowledged before they came (KV-3).
 *
 * <p>Where nobody else writes the log, that is always so. Over a shared database one query of the
 * head serves all the reads that wait; while it is on its way the next ones gather. Then the index
 * catches up and the reads run on the thread {@code rowan-reads}.
 */
public final class ReadGate implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReadGate.class);

  /** Pause before a database that failed is asked again. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final Sequencer sequencer;
  private final long timeoutNanos;
  private final Thread thread;
  private List<Waiting> waiting = new ArrayList<>();
  private List<Waiting> serving = List.of();
  private volatile boolean stopping;

  public ReadGate(
      RevisionLog revisionLog, KeyIndex index, Sequencer sequencer, Duration requestTimeout) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.sequencer = sequencer;
    this.timeoutNanos = requestTimeout.toNanos();
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
    private final long deadlineNanos;
    private final AtomicBoolean claimed = new AtomicBoolean();

    Waiting(Read read, long deadlineNanos) {
      this.read = read;
      this.deadlineNanos = deadlineNanos;
    }

    boolean claim() {
      return claimed.compareAndSet(false, true);
    }

    boolean late(long now) {
      return deadlineNanos - now <= 0;
    }

    void refuse(EtcdError error) {
      if (claim()) {
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
    synchronized (this) {
      if (!stopping) {
        waiting.add(new Waiting(read, System.nanoTime() + timeoutNanos));
        notifyAll();
        return;
      }
    }
    read.refuse(EtcdError.STOPPED.exception());
  }

  /** Refuses those whose time is over; called by the timer. */
  public void expireWaiting() {
    List<Waiting> all;
    synchronized (this) {
      all = new ArrayList<>(serving);
      all.addAll(waiting);
    }
    long now = System.nanoTime();
    for (Waiting w : all) {
      if (w.late(now)) {
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
    } finally {
      stop();
    }
  }

  private synchronized List<Waiting> next() throws InterruptedException {
    waiting.removeIf(w -> w.claimed.get());
    while (waiting.isEmpty()) {
      wait();
    }
    serving = waiting;
    waiting = new ArrayList<>();
    return serving;
  }

  private void stop() {
    List<Waiting> left;
    synchronized (this) {
      stopping = true;
      left = new ArrayList<>(serving);
      left.addAll(waiting);
    }
    left.forEach(w -> w.refuse(EtcdError.STOPPED));
  }

  private void serve(List<Waiting> reads) throws InterruptedException {
    try {
      awaitPosition(revisionLog.head().position());
    } catch (LogException | ExecutionException | TimeoutException e) {
      log.atWarn().addKeyValue("error", e.getMessage()).log("reads cannot be proven current");
      synchronized (this) {
        waiting.addAll(0, reads);
      }
      TimeUnit.MILLISECONDS.sleep(RETRY_AFTER.toMillis());
      return;
    }
    for (Waiting w : reads) {
      if (w.claim()) {
        run(w.read);
      }
    }
  }

  private static void run(Read read) {
    try {
      read.run();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a read failed");
      read.refuse(EtcdError.INTERNAL.exception());
    }
  }

  private void awaitPosition(long position)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (index.view().position() >= position) {
      return;
    }
    CompletableFuture<Long> reached = new CompletableFuture<>();
    sequencer.submit(new Command.Sync(position), new Reached(reached));
    reached.get(timeoutNanos, TimeUnit.NANOSECONDS);
  }

  private record Reached(CompletableFuture<Long> future) implements StreamObserver<Long> {
    @Override
    public void onNext(Long position) {
      future.complete(position);
    }

    @Override
    public void onError(Throwable t) {
      future.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {}
  }

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
  }
}
