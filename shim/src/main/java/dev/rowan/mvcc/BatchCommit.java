package dev.rowan.mvcc;

import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates batches, appends each in one transaction, publishes it and answers; again after what
 * other instances wrote meanwhile, until it is decided. Belongs to the sequencer's thread.
 */
final class BatchCommit {
  private static final Logger log = LoggerFactory.getLogger(BatchCommit.class);

  /** Bytes of requests, or of rows, in a batch at most; a single larger one makes its own. */
  static final long BATCH_BYTES_MAX = 4L << 20;

  /** Time after another instance's append was met for which appends go by turns. */
  private static final Duration CONTENDED = Duration.ofSeconds(1);

  /** Pause before a database that failed is asked again. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  private final RevisionLog revisionLog;
  private final LiveStore store;
  private final LogFollower follower;
  private final Stall stall;
  private final Identity identity;
  private final Metrics metrics;
  private final BooleanSupplier stopping;
  private final Outage writes = new Outage("writes", System::nanoTime);

  /** When another instance's append was met last. */
  private long contendedNanos = System.nanoTime() - CONTENDED.toNanos() - 1;

  /** What the others wrote before this instance's turn, which it has; null once that is applied. */
  private RevisionLog.@Nullable Changes beforeTurn;

  /**
   * @param stopping whether a database that failed is not asked again
   */
  BatchCommit(
      RevisionLog revisionLog,
      LiveStore store,
      LogFollower follower,
      Stall stall,
      Identity identity,
      Metrics metrics,
      BooleanSupplier stopping) {
    this.revisionLog = revisionLog;
    this.store = store;
    this.follower = follower;
    this.stall = stall;
    this.identity = identity;
    this.metrics = metrics;
    this.stopping = stopping;
  }

  /** What is known of the database's being away for writes. */
  Outage writes() {
    return writes;
  }

  /**
   * Appends by turns while others append as well: a batch that is overtaken is evaluated for
   * nothing, and whoever was first would be first again.
   *
   * @return whether there are others and this instance has the turn now, until {@link #endTurn}
   */
  boolean takeTurn() {
    boolean contended = System.nanoTime() - contendedNanos <= CONTENDED.toNanos();
    if (contended) {
      beforeTurn = revisionLog.takeTurn(store.head(), LogFollower.SYNC_ROWS_MAX);
    }
    return beforeTurn != null;
  }

  void endTurn() {
    beforeTurn = null;
    revisionLog.endTurn();
  }

  /** Evaluates and appends until it is decided, or until nobody waits for it any more. */
  void commit(List<Proposal<?>> batch) throws LogException, InterruptedException {
    boolean conflict = false;
    while (!batch.isEmpty()) {
      try {
        if (beforeTurn != null) {
          RevisionLog.Changes changes = beforeTurn;
          beforeTurn = null;
          catchUpBeforeTurn(changes);
        }
        if (conflict) {
          follower.sync(true);
          conflict = false;
        }
        attempt(batch);
      } catch (LogException.Conflict | LogException.Pruned e) {
        store.rollback();
        conflict = true;
        contendedNanos = System.nanoTime();
        metrics.commitConflicted();
      } catch (LogException.Full e) {
        store.rollback();
        stall.failed();
        writes.failed(e);
        Proposal.failAll(batch, EtcdError.NO_SPACE);
        return;
      } catch (LogException.Unavailable | LogException.UnknownOutcome e) {
        // What became of an append is settled where it is made; this is a question without answer.
        store.rollback();
        unavailable(e);
        batch.removeIf(Proposal::closed);
      } catch (Defect e) {
        store.rollback();
        log.atError().setCause(e.getCause()).log("a request could not be evaluated");
        e.proposal.fail(EtcdError.INTERNAL.exception());
        batch.remove(e.proposal);
      }
    }
  }

  /** The others that wrote before this instance's turn may well go on. */
  private void catchUpBeforeTurn(RevisionLog.Changes changes) throws LogException {
    if (changes.head().position() != store.head().position()) {
      contendedNanos = System.nanoTime();
      follower.readOn(changes);
    }
  }

  /** Carries out as many of the batch's first commands as a commit should hold. */
  private void attempt(List<Proposal<?>> batch) throws LogException, InterruptedException {
    stall.excuse();
    Draft draft = store.draft();
    List<Object> outcomes = evaluate(batch, draft);
    List<Proposal<?>> evaluated = batch.subList(0, outcomes.size());
    // After a stall an empty batch too: only an append shows that it is over.
    if (!draft.isEmpty() || stall.lasts()) {
      append(draft, evaluated);
    } else {
      prove(evaluated);
      store.meta().commit();
    }
    for (int i = 0; i < outcomes.size(); i++) {
      count(evaluated.get(i).command(), outcomes.get(i));
      evaluated.get(i).answer(outcomes.get(i));
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
      if (draft.bytes() > BATCH_BYTES_MAX
          || draft.compactRevision() > store.head().compactRevision()) {
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

  /** Before refusals and reads of a batch without changes are answered: is this view current? */
  private void prove(List<Proposal<?>> batch) throws LogException {
    boolean answersClients =
        batch.stream().anyMatch(proposal -> !(proposal.command() instanceof Command.ExpireLeases));
    if (answersClients && revisionLog.shared() && moved(store.head(), revisionLog.head())) {
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
        awaitRetry(e, batch);
      } catch (LogException.Unavailable | LogException.Full e) {
        if (!unknown) {
          throw e;
        }
        awaitRetry(e, batch);
      } catch (LogException.Conflict | LogException.Pruned e) {
        if (!unknown) {
          throw e;
        }
        outcomeLost(batch);
        throw e;
      }
    }
    writes.over();
    stall.committed();
    metrics.committed(System.nanoTime() - started, batch.size(), rows.rows().size());
    store.publish(draft, rows);
  }

  /**
   * Waits before a batch of unknown outcome is tried again, as long as anybody wants to know. It
   * may be in the log afterwards, which the next batch finds out as if another had written it.
   */
  private void awaitRetry(LogException e, List<Proposal<?>> batch)
      throws LogException.Unavailable, InterruptedException {
    unavailable(e);
    if (batch.stream().allMatch(Proposal::closed)) {
      throw new LogException.Unavailable("a batch whose outcome nobody waits for any more", e);
    }
  }

  /** Others wrote after the batch may have been: whether it was can't be told any more (T-9). */
  private static void outcomeLost(List<Proposal<?>> batch) {
    log.atWarn()
        .addKeyValue("requests", batch.size())
        .log("the connection was lost during a commit and its outcome cannot be found out");
    Proposal.failAll(batch, EtcdError.TIMED_OUT);
    batch.clear();
  }

  private void unavailable(LogException e) throws InterruptedException {
    metrics.commitFailed();
    writes.failed(e);
    stall.failed();
    if (stopping.getAsBoolean()) {
      throw new InterruptedException();
    }
    TimeUnit.MILLISECONDS.sleep(RETRY_AFTER.toMillis());
  }
}
