package dev.rowan.mvcc;

import dev.rowan.auth.Caller;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.index.Garbage;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import dev.rowan.tracing.CallTrace;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: takes all commands that wait, evaluates them in order into one batch, appends it in
 * one database transaction, publishes it to readers and watchers, and answers everybody.
 *
 * <p>While a batch commits the next one gathers in the queue, so throughput is batch size over
 * commit time, and a lone put still takes one commit only. One thread, {@code rowan-sequencer},
 * does all of it and owns index, leases and head; any thread may {@link #submit}.
 *
 * <pre>
 * queue:  put a, txn b, put c          position 7
 * draft:  rev 12: a   rev 13: b        put c refused (unknown lease), nothing of it in the draft
 * append: head 7 → 8, rows 12 and 13   in one transaction, only if the head is still at 7
 * publish index at 13, tell the hub, answer a and b with their revisions and c with its refusal
 * </pre>
 */
public final class Sequencer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sequencer.class);

  /** Without work for so long, the log gets time for its upkeep. */
  private static final Duration IDLE_AFTER = Duration.ofMillis(100);

  /** How long a stop waits for the database, which may be writing gigabytes anew. */
  private static final Duration STOP_MAX = Duration.ofSeconds(1);

  private final RevisionLog revisionLog;
  private final LiveStore store;
  private final LogFollower follower;
  private final Stall stall;
  private final BatchCommit commits;
  private final Outage reads = new Outage("reads", System::nanoTime);
  private final Metrics metrics;
  private final Consumer<Throwable> fatal;
  private final long requestTimeoutNanos;

  private final Backlog backlog = new Backlog();
  private final CommitDelay delay = new CommitDelay(backlog);
  private final Thread thread;
  private volatile List<Proposal<?>> inFlight = List.of();
  private volatile boolean stopping;
  private volatile Forwarding forwarding = Forwarding.NONE;

  /**
   * Makes a sequencer that is not started yet.
   *
   * @param fatal told of a damaged store or a defect after which nothing may be written
   */
  public Sequencer(
      RevisionLog revisionLog,
      LoadedStore loaded,
      Identity identity,
      Values values,
      CommitListener listener,
      Metrics metrics,
      Duration requestTimeout,
      Consumer<Throwable> fatal) {
    this.revisionLog = revisionLog;
    this.store = new LiveStore(loaded, values, listener, metrics);
    this.follower = new LogFollower(revisionLog, store);
    this.stall = new Stall(loaded.meta().leases());
    this.commits =
        new BatchCommit(revisionLog, store, follower, stall, identity, metrics, () -> stopping);
    this.metrics = metrics;
    this.fatal = fatal;
    this.requestTimeoutNanos = requestTimeout.toNanos();
    this.thread = Thread.ofPlatform().name("rowan-sequencer").unstarted(this::run);
  }

  /** Sets where commands go that aren't this instance's to put in order; before the start. */
  public void forwardTo(Forwarding there) {
    forwarding = there;
  }

  public void start() {
    thread.start();
  }

  /**
   * Hands a command over. The reply comes from the sequencer's thread after the command is durable
   * and visible to readers, or refuses it; it must not block.
   *
   * @param caller on whose behalf: whether they may is decided when the command's turn comes
   */
  public <R> void submit(Command<R> command, Caller caller, StreamObserver<R> reply) {
    submit(command, caller, reply, CallTrace.current());
  }

  private <R> void submit(
      Command<R> command, Caller caller, StreamObserver<R> reply, CallTrace trace) {
    Proposal<R> proposal =
        new Proposal<>(command, caller, reply, System.nanoTime() + requestTimeoutNanos, trace);
    if (stopping || !forwarding.take(proposal)) {
      queue(proposal);
    }
  }

  /**
   * Like {@link #submit}, of a command that another instance handed over: it goes no further.
   *
   * @param atMost until it is answered that the time is over
   */
  public <R> void submitHere(
      Command<R> command, Caller caller, StreamObserver<R> reply, Duration atMost) {
    long deadlineNanos = System.nanoTime() + atMost.toNanos();
    queue(new Proposal<>(command, caller, reply, deadlineNanos, CallTrace.current()));
  }

  /** Has this instance carry it out, who was to do it before or not. */
  public void queue(Proposal<?> proposal) {
    if (stopping) {
      proposal.fail(EtcdError.STOPPED.exception());
      return;
    }
    proposal.trace().enter(CallTrace.Stage.WAIT_FOR_BATCH);
    if (!backlog.offer(proposal)) {
      proposal.fail(EtcdError.TOO_MANY_REQUESTS.exception());
    } else if (stopping && backlog.remove(proposal)) {
      proposal.fail(EtcdError.STOPPED.exception());
    }
  }

  /**
   * Has a command of the server's own carried out.
   *
   * @return its response; or its refusal, an {@link EtcdException}. What depends on it runs on the
   *     sequencer's thread, and must not block
   */
  public <R> CompletableFuture<R> carryOut(Command<R> command) {
    CompletableFuture<R> outcome = new CompletableFuture<>();
    submit(
        command,
        Caller.INTERNAL,
        new StreamObserver<>() {
          @Override
          public void onNext(R response) {
            outcome.complete(response);
          }

          @Override
          public void onError(Throwable refusal) {
            outcome.completeExceptionally(refusal);
          }

          @Override
          public void onCompleted() {}
        },
        CallTrace.NONE);
    return outcome;
  }

  /** What is known of the database's being away for reads. */
  Outage reads() {
    return reads;
  }

  /** The time in which nothing could be committed. */
  Stall stall() {
    return stall;
  }

  /** The head that the index is at, or is just being published at. */
  public Head head() {
    return store.head();
  }

  /** Commands that wait now. */
  public int queued() {
    return backlog.size();
  }

  /** Bytes of the commands that wait now. */
  public long queuedBytes() {
    return backlog.bytes();
  }

  /** Refuses those whose time is over at a time; called by the timer. It may still happen. */
  public void refuseLate(long nowNanos) {
    forwarding.refuseLate(nowNanos);
    for (Proposal<?> proposal : inFlight) {
      refuseLate(proposal, nowNanos);
    }
    backlog.forEach(proposal -> refuseLate(proposal, nowNanos));
  }

  private static void refuseLate(Proposal<?> proposal, long nowNanos) {
    if (proposal.deadlineNanos() - nowNanos <= 0
        && !(proposal.command() instanceof Command.Defragment)) {
      proposal.fail(EtcdError.TIMED_OUT.exception());
    }
  }

  private void run() {
    try {
      while (!stopping) {
        Proposal<?> first = backlog.poll(IDLE_AFTER);
        if (first == null) {
          idle();
        } else {
          stall.workBegins();
          delay.await();
          workInTurn(backlog.gather(first));
          stall.workEnds();
          forwarding.published(store.head().position());
        }
      }
    } catch (InterruptedException e) {
      // close() asks to stop.
    } catch (LogException | RuntimeException | Error e) {
      stopping = true;
      fatal.accept(e);
    } finally {
      stopping = true;
      forwarding.close();
      Proposal.failAll(inFlight, EtcdError.STOPPED);
      Proposal.failAll(backlog.drain(), EtcdError.STOPPED);
    }
  }

  /** What comes while this instance waits for its turn makes the batch larger. */
  private void workInTurn(List<Proposal<?>> gathered) throws LogException, InterruptedException {
    inFlight = gathered;
    if (!appends(gathered) || !commits.takeTurn()) {
      work(gathered);
      return;
    }
    try {
      List<Proposal<?>> all = new ArrayList<>(gathered);
      all.addAll(backlog.gather(null));
      work(all);
    } finally {
      commits.endTurn();
    }
  }

  private static boolean appends(List<Proposal<?>> gathered) {
    return gathered.stream()
        .map(Proposal::command)
        .anyMatch(command -> !standsAlone(command) && !(command instanceof Command.ExpireLeases));
  }

  /** Whether a command is carried out between batches: it changes no key, and no meta state. */
  private static boolean standsAlone(Command<?> command) {
    return switch (command) {
      case Command.Sync _, Command.Prune _, Command.Defragment _ -> true;
      default -> false;
    };
  }

  private void idle() throws LogException {
    try {
      revisionLog.idle();
    } catch (LogException.Unavailable | LogException.Full e) {
      log.atDebug().setCause(e).log("upkeep of the log put off");
    }
  }

  /** Carries out what was gathered: the batch, then what is done between batches. */
  private void work(List<Proposal<?>> gathered) throws LogException, InterruptedException {
    List<Proposal<?>> batch = new ArrayList<>(gathered.size());
    List<Proposal<?>> between = new ArrayList<>();
    for (Proposal<?> proposal : gathered) {
      (standsAlone(proposal.command()) ? between : batch).add(proposal);
    }
    inFlight = gathered;
    if (!batch.isEmpty()) {
      batch.forEach(proposal -> proposal.trace().enter(CallTrace.Stage.COMMIT_BATCH));
      int commands = batch.size();
      long started = System.nanoTime();
      commits.commit(batch);
      delay.committed(commands, System.nanoTime() - started);
    }
    for (Proposal<?> proposal : between) {
      betweenBatches(proposal);
    }
    inFlight = List.of();
  }

  /** Tried once: who asked asks again, and meanwhile others may be served. */
  private void betweenBatches(Proposal<?> proposal) throws LogException {
    try {
      switch (proposal.command()) {
        case Command.Sync sync -> {
          if (store.head().position() < sync.position()) {
            follower.sync(sync.certain());
            reads.over();
          }
          proposal.answer(store.head().position());
        }
        case Command.Prune prune -> {
          prune(prune);
          proposal.answer(prune.to() - prune.from());
        }
        case Command.Defragment ignored -> {
          revisionLog.defragment();
          proposal.answer(DefragmentResponse.getDefaultInstance());
        }
        default -> throw new IllegalStateException("evaluated in a batch");
      }
    } catch (LogException.Full | LogException.Unavailable | LogException.UnknownOutcome e) {
      failed(proposal.command(), e);
      boolean full = e instanceof LogException.Full;
      proposal.fail((full ? EtcdError.NO_SPACE : EtcdError.TIMED_OUT).exception());
    }
  }

  private void failed(Command<?> command, LogException e) {
    switch (command) {
      case Command.Sync ignored -> reads.failed(e);
      case Command.Prune ignored -> {
        metrics.commitFailed();
        commits.writes().failed(e);
      }
      default -> metrics.commitFailed();
    }
  }

  private void prune(Command.Prune prune) throws LogException {
    long started = System.nanoTime();
    Garbage garbage = prune.garbage();
    revisionLog.prune(Arrays.copyOfRange(garbage.ids(), prune.from(), prune.to()));
    if (prune.last()) {
      store.forget(garbage.keys(), prune.compactRevision());
    }
    metrics.pruned(System.nanoTime() - started, prune.to() - prune.from());
  }

  /**
   * Stops after the batch that is being committed; what waits is answered "server stopped". A
   * database that does not come back is not waited for: see {@link #stopped}.
   */
  @Override
  public void close() {
    stopping = true;
    forwarding.close();
    thread.interrupt();
    try {
      thread.join(STOP_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the log is no longer used, once this is closed. */
  public boolean stopped() {
    return !thread.isAlive();
  }
}
