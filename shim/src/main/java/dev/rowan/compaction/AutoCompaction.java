package dev.rowan.compaction;

import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts the store as time goes by (CFG-3). Of several instances over a database the one that
 * leads does so, and each keeps the schedule, to go on with it: a revision that another has
 * compacted already counts as done. Steps come from the timer and must not overlap; the answers of
 * the compactions, which nobody waits for, from any thread.
 */
public final class AutoCompaction {
  private static final Logger log = LoggerFactory.getLogger(AutoCompaction.class);

  private final Schedule schedule;
  private final LongSupplier revision;
  private final LongSupplier nanoTime;
  private final BooleanSupplier leads;
  private final Compactor compactor;
  private boolean compacting;

  /** Compacts, and answers as the KV service does. */
  @FunctionalInterface
  public interface Compactor {
    void compact(Command.Compact command, StreamObserver<CompactionResponse> reply);
  }

  private AutoCompaction(
      Schedule schedule,
      LongSupplier revision,
      LongSupplier nanoTime,
      BooleanSupplier leads,
      Compactor compactor) {
    this.leads = leads;
    this.schedule = schedule;
    this.revision = revision;
    this.nanoTime = nanoTime;
    this.compactor = compactor;
  }

  /**
   * Begins to keep no more than a retention; from now on {@link #step} is to be called.
   *
   * @param revision gives the store's newest
   * @param nanoTime a clock that never goes back
   * @param leads whether it is for this instance to compact
   * @return nothing if everything is kept
   */
  public static Optional<AutoCompaction> of(
      Retention retention,
      LongSupplier revision,
      LongSupplier nanoTime,
      BooleanSupplier leads,
      Compactor compactor) {
    return switch (retention) {
      case Retention.Everything() -> Optional.empty();
      case Retention.Period(Duration period) -> {
        var schedule = new PeriodicSchedule(period, revision.getAsLong(), nanoTime.getAsLong());
        yield Optional.of(new AutoCompaction(schedule, revision, nanoTime, leads, compactor));
      }
      case Retention.Revisions(long kept) ->
          Optional.of(
              new AutoCompaction(new RevisionSchedule(kept), revision, nanoTime, leads, compactor));
    };
  }

  /** Time between two steps. */
  public Duration period() {
    return schedule.step();
  }

  /** Looks whether a compaction is due, and asks for it, unless one is under way. */
  public void step() {
    long now = nanoTime.getAsLong();
    long due;
    synchronized (this) {
      due = schedule.next(revision.getAsLong(), now);
      if (due == Schedule.NONE || compacting || !leads.getAsBoolean()) {
        return;
      }
      compacting = true;
    }
    log.atInfo().addKeyValue("revision", due).log("auto-compaction begins");
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(due).build();
    compactor.compact(new Command.Compact(request), new Outcome(due, now));
  }

  /** Takes the answer of one compaction. */
  private final class Outcome implements StreamObserver<CompactionResponse> {
    private final long revision;
    private final long beganNanos;

    Outcome(long revision, long beganNanos) {
      this.revision = revision;
      this.beganNanos = beganNanos;
    }

    @Override
    public void onNext(CompactionResponse response) {
      done();
    }

    @Override
    public void onError(Throwable t) {
      if (t instanceof EtcdException refusal && refusal.error() == EtcdError.COMPACTED) {
        done();
        return;
      }
      synchronized (AutoCompaction.this) {
        compacting = false;
      }
      log.atWarn()
          .addKeyValue("revision", revision)
          .addKeyValue("error", t.getMessage())
          .log("auto-compaction failed; it is tried again at the next step");
    }

    private void done() {
      synchronized (AutoCompaction.this) {
        compacting = false;
        schedule.compacted(revision, beganNanos);
      }
      log.atInfo()
          .addKeyValue("revision", revision)
          .addKeyValue("millis", (nanoTime.getAsLong() - beganNanos) / 1_000_000)
          .log("auto-compaction done");
    }

    @Override
    public void onCompleted() {}
  }
}
