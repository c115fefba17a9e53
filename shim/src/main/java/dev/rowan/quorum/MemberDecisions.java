package dev.rowan.quorum;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.rowanpb.MemberAnswer;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.raft.RaftMember;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the member that leads makes of changes that it or others are asked for: checks them, brings
 * them into the one order, and answers. Any thread; never waits.
 */
final class MemberDecisions {
  private final RaftMember raft;
  private final Membership membership;
  private final ReconfigurationCheck check;
  private final MemberProposals proposals;
  private final Reconciliation reconciliation;
  private final ScheduledExecutorService timer;
  private final Duration settleMax;
  private final LongAdder promotions = new LongAdder();

  /**
   * Makes it.
   *
   * @param settleMax so long an answer waits for Raft to follow: what is decided already is done
   *     some time in any case
   */
  MemberDecisions(
      RaftMember raft,
      Membership membership,
      ReconfigurationCheck check,
      MemberProposals proposals,
      Reconciliation reconciliation,
      ScheduledExecutorService timer,
      Duration settleMax) {
    this.raft = raft;
    this.membership = membership;
    this.check = check;
    this.proposals = proposals;
    this.reconciliation = reconciliation;
    this.timer = timer;
    this.settleMax = settleMax;
  }

  /** Learners that were promoted here. */
  long promotions() {
    return promotions.sum();
  }

  /**
   * Carries out a change. "Not leader" says that nothing was done, and that somebody else is to be
   * asked, or this one again.
   */
  CompletableFuture<MemberAnswer> carryOut(MemberChange change) {
    if (!raft.status().leader()) {
      return answer(EtcdError.NOT_LEADER);
    }
    // Of a quorum that is gone nobody would tell whether this one leads still.
    if (check.refusal(change, membership.view()) == EtcdError.UNHEALTHY) {
      return answer(EtcdError.UNHEALTHY);
    }
    return raft.readIndex()
        .handle((index, thrown) ->
            thrown == null && raft.status().appliedIndex() >= index && membership.view().begun())
        .thenCompose(current -> current ? decide(change) : answer(EtcdError.NOT_LEADER));
  }

  /** All that was settled before is applied here. */
  private CompletableFuture<MemberAnswer> decide(MemberChange change) {
    EtcdError refusal = check.refusal(change, membership.view());
    if (refusal != null) {
      return answer(refusal);
    }
    return proposals
        .propose(change)
        .thenCompose(outcome -> decided(change, outcome))
        .exceptionally(thrown -> refused(MemberProposals.refusal(thrown).error()));
  }

  private CompletableFuture<MemberAnswer> decided(MemberChange change, Roster.Outcome outcome) {
    EtcdError refusal = outcome.refusal();
    if (refusal != null) {
      return answer(refusal);
    }
    MemberAnswer answer = MemberAnswer.newBuilder().setMembers(outcome.roster().toProto()).build();
    return switch (change.getChangeCase()) {
      case REMOVE -> whenSettled(change.getRemove(), answer);
      case PROMOTE -> {
        promotions.increment();
        yield whenSettled(change.getPromote(), answer);
      }
      case ADD, UPDATE, PUBLISH, BEGIN, ALONE, CHANGE_NOT_SET ->
          CompletableFuture.completedFuture(answer);
    };
  }

  /** So that what the client does next meets the new quorum. */
  private CompletableFuture<MemberAnswer> whenSettled(long memberId, MemberAnswer answer) {
    CompletableFuture<Void> settled = reconciliation.settled(memberId);
    var _ =
        timer.schedule(() -> settled.complete(null), settleMax.toMillis(), TimeUnit.MILLISECONDS);
    return settled.thenApply(done -> answer);
  }

  private static CompletableFuture<MemberAnswer> answer(EtcdError refusal) {
    return CompletableFuture.completedFuture(refused(refusal));
  }

  private static MemberAnswer refused(EtcdError refusal) {
    return MemberAnswer.newBuilder().setRefusal(refusal.name()).build();
  }
}
