package dev.rowan.quorum;

import dev.rowan.cluster.Leadership;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.raft.RaftException;
import dev.rowan.raft.RaftMember;
import dev.rowan.raft.RaftStatus;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Leadership as Raft has it; who learns is told by the list, as in etcd. */
final class QuorumLeadership implements Leadership {
  private final long self;
  private final RaftMember raft;
  private final Leaders leaders;
  private final Membership membership;
  private final LongSupplier promotions;
  private final ScheduledExecutorService timer;
  private final Duration patience;

  /**
   * Makes it.
   *
   * @param patience so long another one is waited for that is to lead
   */
  QuorumLeadership(
      long self,
      RaftMember raft,
      Leaders leaders,
      Membership membership,
      LongSupplier promotions,
      ScheduledExecutorService timer,
      Duration patience) {
    this.self = self;
    this.raft = raft;
    this.leaders = leaders;
    this.membership = membership;
    this.promotions = promotions;
    this.timer = timer;
    this.patience = patience;
  }

  /** Raft's numbers are read one after the other, so what is applied may be ahead by now. */
  @Override
  public Place place() {
    RaftStatus status = raft.status();
    long applied = Math.max(0, status.appliedIndex());
    return new Place(
        status.term(),
        status.leaderId(),
        membership.view().learner(self),
        Math.max(applied, status.commitIndex()),
        applied);
  }

  @Override
  public boolean leads() {
    return raft.status().leader();
  }

  @Override
  public Seen seen() {
    return new Seen(leaders.known().changes(), promotions.getAsLong());
  }

  /** The other must be a voter of Raft's too: one that hasn't run yet would not answer. */
  @Override
  public CompletableFuture<Void> moveTo(long memberId) {
    if (!raft.status().leader()) {
      return CompletableFuture.failedFuture(EtcdError.NOT_LEADER.exception());
    }
    Member target = membership.view().member(memberId);
    if (target == null || target.getLearner()) {
      return CompletableFuture.failedFuture(EtcdError.BAD_TRANSFEREE.exception());
    }
    CompletableFuture<Void> moved = new CompletableFuture<>();
    if (memberId == self) {
      moved.complete(null);
    } else {
      var _ =
          raft.transferLeadership(memberId)
              .whenComplete((done, thrown) -> {
                if (thrown == null) {
                  awaitLeader(memberId, moved);
                } else {
                  moved.completeExceptionally(refusal(thrown));
                }
              });
    }
    return moved;
  }

  private void awaitLeader(long memberId, CompletableFuture<Void> moved) {
    CompletableFuture<Void> leads = leaders.whenLeads(memberId);
    EtcdException late = EtcdError.TRANSFER_TIMED_OUT.exception();
    var _ =
        leads.whenComplete((done, thrown) -> {
          if (thrown == null) {
            moved.complete(null);
          } else {
            moved.completeExceptionally(late);
          }
        });
    var _ =
        timer.schedule(
            () -> leads.completeExceptionally(late), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private EtcdException refusal(@Nullable Throwable thrown) {
    EtcdError error =
        switch (thrown) {
          case RaftException.ChangeRefused e ->
              raft.status().leader() ? EtcdError.BAD_TRANSFEREE : EtcdError.NOT_LEADER;
          case RaftException.Stopped e -> EtcdError.STOPPED;
          case null, default -> EtcdError.TRANSFER_TIMED_OUT;
        };
    return error.exception();
  }
}
