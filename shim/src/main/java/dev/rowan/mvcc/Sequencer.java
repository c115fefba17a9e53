package dev.rowan.mvcc;

import dev.rowan.auth.Caller;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.ChangesPage;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.index.Garbage;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

  /** Commands that wait at most; etcd refuses at a backlog of 5,000 too (C-10). */
  private static final int QUEUE_COMMANDS_MAX = 10_000;

  /** Bytes that wait at most: 40 requests of the greatest size that a client may send. */
  private static final long QUEUE_BYTES_MAX = 64L << 20;

  /** Commands in a batch at most: keeps a commit, and so everybody's wait, to some milliseconds. */
  private static final int BATCH_COMMANDS_MAX = 1_000;

  /** Bytes of requests in a batch at most; a single larger one makes a batch of its own. */
  private static final long BATCH_BYTES_MAX = 4L << 20;

  /** Rows read from the log at once when other instances have written. */
  private static final int SYNC_ROWS_MAX = 10_000;

  /** Without work for so long, the log gets time for its upkeep. */
  private static final Duration IDLE_AFTER = Duration.ofMillis(100);

  /** How long a stop waits for the database, which may be writing gigabytes anew. */
  private static final Duration STOP_MAX = Duration.ofSeconds(1);

  /** Time after another instance's append was met for which appends go by turns. */
  private static final Duration CONTENDED = Duration.ofSeconds(1);

  /** An answer of the log that takes longer kept renewals waiting, even if it comes in the end. */
  private static final Duration STALLED = Duration.ofSeconds(1);

  /** Pause before a database that failed is asked again. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final MetaState meta;
  private final Outage writes = new Outage("writes", System::nanoTime);
  private final Outage reads = new Outage("reads", System::nanoTime);

  /** Since when nothing could be committed; 0 while it can. */
  private long stalledSinceNanos;

  /** Since when the log has not answered who asks for its head; 0 if it has. */
  private volatile long silentSinceNanos;

  /** Up to when leases were given the time that nobody could renew them in. */
  private long excusedUntilNanos = System.nanoTime();

  private final Identity identity;
  private final Values values;
  private final CommitListener listener;
  private final Metrics metrics;
  private final Consumer<Throwable> fatal;
  private final long requestTimeoutNanos;

  private final ArrayBlockingQueue<Proposal<?>> queue =
      new ArrayBlockingQueue<>(QUEUE_COMMANDS_MAX);
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Thread thread;
  private volatile List<Proposal<?>> inFlight = List.of();

  /** When another instance's append was met last. */
  private long contendedNanos = System.nanoTime() - CONTENDED.toNanos() - 1;

  /** Whether what is worked on may be appended without being overtaken, for once. */
  private boolean inTurn;

  private volatile boolean stopping;

  private volatile Head head;

  /** Rows of other instances with a lease, of pages that their leases have not followed yet. */
  private final List<LogRow> unattached = new ArrayList<>();

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
    this.index = loaded.index();
    this.meta = loaded.meta();
    this.head = loaded.head();
    this.identity = identity;
    this.values = values;
    this.listener = listener;
    this.metrics = metrics;
    this.fatal = fatal;
    this.requestTimeoutNanos = requestTimeout.toNanos();
    this.thread = Thread.ofPlatform().name("rowan-sequencer").unstarted(this::run);
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
    if (stopping) {
      reply.onError(EtcdError.STOPPED.exception());
      return;
    }
    long bytes = command.sizeBytes();
    Proposal<R> proposal =
        new Proposal<>(command, caller, reply, System.nanoTime() + requestTimeoutNanos);
    if (queuedBytes.get() + bytes > QUEUE_BYTES_MAX || !queue.offer(proposal)) {
      reply.onError(EtcdError.TOO_MANY_REQUESTS.exception());
      return;
    }
    queuedBytes.addAndGet(bytes);
    if (stopping && queue.remove(proposal)) {
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
        });
    return outcome;
  }

  /** What is known of the database's being away for reads. */
  Outage reads() {
    return reads;
  }

  /** The head that the index is at, or is just being published at. */
  public Head head() {
    return head;
  }

  /** Commands that wait now. */
  public int queued() {
    return queue.size();
  }

  /** Bytes of the commands that wait now. */
  public long queuedBytes() {
    return queuedBytes.get();
  }

  /** Answers those whose time is over; called by the timer. What they asked may still happen. */
  public void expireWaiting() {
    long now = System.nanoTime();
    for (Proposal<?> proposal : inFlight) {
      expire(proposal, now);
    }
    for (Proposal<?> proposal : queue) {
      if (!expire(proposal, now) && !(proposal.command() instanceof Command.Defragment)) {
        return;
      }
    }
  }

  private static boolean expire(Proposal<?> proposal, long now) {
    boolean over =
        proposal.deadlineNanos() - now <= 0 && !(proposal.command() instanceof Command.Defragment);
    if (over) {
      proposal.fail(EtcdError.TIMED_OUT.exception());
    }
    return over;
  }

  private void run() {
    try {
      while (!stopping) {
        Proposal<?> first = queue.poll(IDLE_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
          idle();
        } else {
          workInTurn(gather(first));
        }
      }
    } catch (InterruptedException e) {
      // close() asks to stop.
    } catch (LogException | RuntimeException | Error e) {
      stopping = true;
      fatal.accept(e);
    } finally {
      stopping = true;
      failAll(inFlight, EtcdError.STOPPED);
      List<Proposal<?>> left = new ArrayList<>();
      queue.drainTo(left);
      failAll(left, EtcdError.STOPPED);
    }
  }

  /**
   * Appends by turns while others append as well: a batch that is overtaken is evaluated for
   * nothing, and whoever was first would be first again. What comes while it waits for its turn
   * makes the batch larger.
   */
  private void workInTurn(List<Proposal<?>> gathered) throws LogException, InterruptedException {
    boolean contended = System.nanoTime() - contendedNanos <= CONTENDED.toNanos();
    inFlight = gathered;
    if (!contended || !appends(gathered) || !revisionLog.takeTurn()) {
      work(gathered);
      return;
    }
    try {
      List<Proposal<?>> all = new ArrayList<>(gathered);
      Proposal<?> next = queue.poll();
      if (next != null) {
        all.addAll(gather(next));
      }
      inTurn = true;
      work(all);
    } finally {
      inTurn = false;
      revisionLog.endTurn();
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

  private List<Proposal<?>> gather(Proposal<?> first) {
    List<Proposal<?>> batch = new ArrayList<>();
    long bytes = 0;
    Proposal<?> next = first;
    while (next != null) {
      int size = next.command().sizeBytes();
      queuedBytes.addAndGet(-size);
      bytes += size;
      if (!next.closed()) {
        batch.add(next);
      }
      next = batch.size() < BATCH_COMMANDS_MAX && bytes < BATCH_BYTES_MAX ? queue.poll() : null;
    }
    return batch;
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
      commit(batch);
    }
    for (Proposal<?> proposal : between) {
      betweenBatches(proposal);
    }
    inFlight = List.of();
  }

  /** Evaluates and appends until it is decided, or until nobody waits for it any more. */
  private void commit(List<Proposal<?>> batch) throws LogException, InterruptedException {
    boolean conflict = false;
    boolean look = inTurn;
    while (!batch.isEmpty()) {
      try {
        if (look) {
          lookForOthers();
          look = false;
        }
        if (conflict) {
          sync();
          conflict = false;
        }
        attempt(batch);
      } catch (LogException.Conflict | LogException.Pruned e) {
        rollback();
        conflict = true;
        contendedNanos = System.nanoTime();
        metrics.commitConflicted();
      } catch (LogException.Full e) {
        rollback();
        stalled(System.nanoTime());
        writes.failed(e);
        failAll(batch, EtcdError.NO_SPACE);
        return;
      } catch (LogException.Unavailable e) {
        rollback();
        unavailable(e);
        batch.removeIf(Proposal::closed);
      } catch (Defect e) {
        rollback();
        log.atError().setCause(e.getCause()).log("a request could not be evaluated");
        e.proposal.fail(EtcdError.INTERNAL.exception());
        batch.remove(e.proposal);
      }
    }
  }

  /** Reads what the others wrote before this instance's turn; they may well go on. */
  private void lookForOthers() throws LogException {
    long known = head.position();
    catchUp();
    if (head.position() != known) {
      contendedNanos = System.nanoTime();
    }
  }

  /** Carries out as many of the batch's first commands as a commit should hold. */
  private void attempt(List<Proposal<?>> batch) throws LogException, InterruptedException {
    excuseStall();
    Draft draft = new Draft(index, meta, values, head);
    List<Object> outcomes = evaluate(batch, draft);
    List<Proposal<?>> evaluated = batch.subList(0, outcomes.size());
    if (!draft.isEmpty()) {
      append(draft, evaluated);
    } else {
      prove(evaluated);
      meta.commit();
    }
    for (int i = 0; i < outcomes.size(); i++) {
      count(evaluated.get(i).command(), outcomes.get(i));
      answer(evaluated.get(i), outcomes.get(i));
    }
    evaluated.clear();
  }

  private void count(Command<?> command, Object outcome) {
    if (outcome instanceof EtcdException) {
      return;
    }
    switch (command) {
      case Command.Txn _ -> {
        if (((TxnResponse) outcome).getResponsesCount() > 1) {
          metrics.multiOpTxn();
        }
      }
      case Command.LeaseGrant _ -> metrics.leaseGranted(((LeaseGrantResponse) outcome).getTTL());
      case Command.LeaseKeepAlive _ -> {
        if (((LeaseKeepAliveResponse) outcome).getTTL() > 0) {
          metrics.leaseRenewed();
        }
      }
      case Command.LeaseRevoke _ -> metrics.leaseRevoked();
      case Command.ExpireLeases _ -> metrics.leasesExpired((Integer) outcome);
      default -> {}
    }
  }

  /**
   * Evaluates from the first on, until the draft is as large as a batch may be, or compacts: who
   * hears of commits sees each compaction, with the one before it (M-5).
   */
  private List<Object> evaluate(List<Proposal<?>> batch, Draft draft) throws LogException {
    Evaluator evaluator = new Evaluator(draft, identity, revisionLog.shared());
    List<Object> outcomes = new ArrayList<>(batch.size());
    for (Proposal<?> proposal : batch) {
      if (draft.bytes() > BATCH_BYTES_MAX || draft.compactRevision() > head.compactRevision()) {
        break;
      }
      try {
        outcomes.add(evaluator.evaluate(proposal.command(), proposal.caller()));
      } catch (EtcdException refusal) {
        outcomes.add(refusal);
      } catch (RuntimeException e) {
        throw new Defect(proposal, e);
      }
    }
    return outcomes;
  }

  /** A command that made the evaluator fail: it is answered by itself, and the others go on. */
  private static final class Defect extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Proposal<?> proposal;

    Defect(Proposal<?> proposal, RuntimeException cause) {
      super(cause);
      this.proposal = proposal;
    }
  }

  private static void answer(Proposal<?> proposal, Object outcome) {
    try {
      proposal.answer(outcome);
    } catch (RuntimeException e) {
      log.atDebug().setCause(e).log("a caller was gone before its answer");
    }
  }

  /** Before refusals and reads of a batch without changes are answered: is this view current? */
  private void prove(List<Proposal<?>> batch) throws LogException {
    boolean answersClients =
        batch.stream().anyMatch(proposal -> !(proposal.command() instanceof Command.ExpireLeases));
    if (answersClients && revisionLog.shared() && moved(head, revisionLog.head())) {
      throw new LogException.Conflict("another instance has written");
    }
  }

  /** Whether a log is no longer at a head: somebody appended, or it went backwards. */
  static boolean moved(Head from, Head to) {
    return from.position() != to.position() || from.token() != to.token();
  }

  private void append(Draft draft, List<Proposal<?>> batch)
      throws LogException, InterruptedException {
    long token = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    Batch rows = draft.batch(token);
    long started = System.nanoTime();
    boolean unknown = false;
    while (true) {
      try {
        revisionLog.append(rows);
        break;
      } catch (LogException.UnknownOutcome e) {
        // The same batch again: its token and the head's position tell what became of it.
        unknown = true;
        unavailable(e);
      } catch (LogException.Unavailable | LogException.Full e) {
        if (!unknown) {
          throw e;
        }
        unavailable(e);
      } catch (LogException.Conflict | LogException.Pruned e) {
        if (!unknown) {
          throw e;
        }
        outcomeLost(batch);
        throw e;
      }
    }
    writes.over();
    long took = System.nanoTime() - started;
    if (took > STALLED.toNanos()) {
      stalled(started);
    }
    goOn();
    metrics.committed(took, batch.size(), rows.rows().size());
    publish(draft, rows);
  }

  /** Others wrote after the batch may have been: whether it was can't be told any more (T-9). */
  private static void outcomeLost(List<Proposal<?>> batch) {
    log.atWarn()
        .addKeyValue("requests", batch.size())
        .log("the connection was lost during a commit and its outcome cannot be found out");
    failAll(batch, EtcdError.TIMED_OUT);
    batch.clear();
  }

  private void publish(Draft draft, Batch rows) {
    head =
        new Head(
            head.position() + 1,
            rows.revision(),
            rows.compactRevision(),
            rows.token(),
            head.clusterId());
    meta.commit();
    publish(draft.changes());
  }

  private void publish(List<Change> changes) {
    int puts = 0;
    long putBytes = 0;
    for (Change change : changes) {
      if (!change.deletion()) {
        values.add(change.id(), change.kv());
        puts++;
        putBytes += change.kv().getKey().size() + change.kv().getValue().size();
      }
    }
    metrics.published(puts, changes.size() - puts, putBytes);
    index.publish(head.revision(), head.compactRevision(), head.position());
    listener.committed(index.view(), changes);
  }

  private void rollback() {
    index.discard();
    meta.rollback();
  }

  private void unavailable(LogException e) throws InterruptedException {
    metrics.commitFailed();
    writes.failed(e);
    stalled(System.nanoTime());
    if (stopping) {
      throw new InterruptedException();
    }
    TimeUnit.MILLISECONDS.sleep(RETRY_AFTER.toMillis());
  }

  private static void failAll(List<Proposal<?>> proposals, EtcdError error) {
    for (Proposal<?> proposal : proposals) {
      try {
        proposal.fail(error.exception());
      } catch (RuntimeException e) {
        log.atDebug().setCause(e).log("a caller was gone before its answer");
      }
    }
  }

  /** Tried once: who asked asks again, and meanwhile others may be served. */
  private void betweenBatches(Proposal<?> proposal) throws LogException {
    try {
      switch (proposal.command()) {
        case Command.Sync sync -> {
          if (head.position() < sync.position()) {
            sync();
            reads.over();
          }
          answer(proposal, head.position());
        }
        case Command.Prune prune -> {
          prune(prune);
          answer(proposal, prune.to() - prune.from());
        }
        case Command.Defragment ignored -> {
          stalledSinceNanos = System.nanoTime();
          try {
            revisionLog.defragment();
          } finally {
            goOn();
          }
          answer(proposal, DefragmentResponse.getDefaultInstance());
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
        writes.failed(e);
      }
      default -> metrics.commitFailed();
    }
  }

  private void stalled(long sinceNanos) {
    if (stalledSinceNanos == 0) {
      stalledSinceNanos = sinceNanos;
    }
  }

  /** The log is asked for its head; the answer comes with {@link #heard}, if one comes. */
  void asked() {
    if (silentSinceNanos == 0) {
      silentSinceNanos = System.nanoTime();
    }
  }

  /** The log has answered. */
  void heard() {
    silentSinceNanos = 0;
  }

  /**
   * What could not be renewed until now does not end for that: each time before it is decided what
   * has ended. An instance that commits nothing knows by the log's silence.
   */
  private void excuseStall() {
    long now = System.nanoTime();
    long silent = silentSinceNanos;
    boolean silence = silent != 0 && now - silent > STALLED.toNanos();
    long since = stalledSinceNanos == 0 && silence ? silent : stalledSinceNanos;
    if (since != 0) {
      meta.leases().pause(now - (excusedUntilNanos - since > 0 ? excusedUntilNanos : since));
      excusedUntilNanos = now;
    }
  }

  private void goOn() {
    excuseStall();
    stalledSinceNanos = 0;
  }

  private void prune(Command.Prune prune) throws LogException {
    long started = System.nanoTime();
    Garbage garbage = prune.garbage();
    revisionLog.prune(Arrays.copyOfRange(garbage.ids(), prune.from(), prune.to()));
    if (prune.last()) {
      for (byte[] key : garbage.keys()) {
        index.forget(key, prune.compactRevision());
      }
      index.publish(head.revision(), head.compactRevision(), head.position());
    }
    metrics.pruned(System.nanoTime() - started, prune.to() - prune.from());
  }

  /** Reads and publishes what other instances appended, or everything if that is pruned. */
  private void sync() throws LogException {
    long before = head.position();
    catchUp();
    if (head.position() == before) {
      throw new LogException.Corrupt("a row that must be there is missing from the log", null);
    }
  }

  /** Reads what followed, if anything did; all anew if it was pruned in part. */
  private void catchUp() throws LogException {
    try {
      readOn();
    } catch (LogException.Pruned e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("away for too long, reading all anew");
      Reload reload = new Reload();
      Head read = revisionLog.load(reload);
      ChangesPage.checkOrder(head, read);
      reload.replace(index, meta, read);
      unattached.clear();
      head = read;
      listener.reloaded(index.view());
      log.atInfo().addKeyValue("revision", read.revision()).log("read the log anew");
    }
  }

  private void readOn() throws LogException {
    RevisionLog.Changes read;
    do {
      read = revisionLog.changesSince(head, SYNC_ROWS_MAX);
      if (read.more()) {
        // The permissions that were changed among these rows come with the last page.
        meta.auth().setBehind(true);
      }
      read.meta().forEach(meta::apply);
      List<Change> changes = new ArrayList<>(read.rows().size());
      for (LogRow row : read.rows()) {
        changes.add(apply(row));
        if (row.leaseId() != 0 && read.more()) {
          unattached.add(row);
        }
      }
      meta.commit();
      if (!read.more()) {
        meta.auth().setBehind(false);
      }
      head = read.head();
      publish(changes);
    } while (read.more());
    attach();
  }

  /** Attaches keys that were read before the lease that they belong to: meta rows come last. */
  private void attach() {
    for (LogRow row : unattached) {
      KeyEntry entry = index.get(row.key().toByteArray());
      if (entry != null && entry.id() == row.id()) {
        meta.leases().attach(row.leaseId(), row.key());
      }
    }
    meta.commit();
    unattached.clear();
  }

  private Change apply(LogRow row) {
    byte[] key = row.key().toByteArray();
    KeyEntry before = index.get(key);
    long previousId = before == null ? 0 : before.idAt(row.revision() - 1);
    if (before != null) {
      meta.leases().detach(before.leaseId(), row.key());
    }
    index.load(key, row.id(), row.createRevision(), row.version(), row.leaseId());
    meta.leases().attach(row.leaseId(), row.key());
    boolean created = row.createRevision() == row.revision();
    return new Change(row.id(), Change.keyValue(row), created ? 0 : previousId);
  }

  /**
   * Stops after the batch that is being committed; what waits is answered "server stopped". A
   * database that does not come back is not waited for: see {@link #stopped}.
   */
  @Override
  public void close() {
    stopping = true;
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
