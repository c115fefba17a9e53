package dev.rowan.quorum;

import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.proto.rowanpb.Entry;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.raft.RaftException;
import dev.rowan.raft.RaftMember;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Brings changes of the members into the one order. Any thread; never waits. */
final class MemberProposals {
  private final RaftMember raft;
  private final Membership membership;

  MemberProposals(RaftMember raft, Membership membership) {
    this.raft = raft;
    this.membership = membership;
  }

  /**
   * Proposes a change.
   *
   * @return what became of it, once it is applied here; fails with the {@link EtcdException} to
   *     answer if it wasn't, or if that isn't known
   */
  CompletableFuture<Roster.Outcome> propose(MemberChange change) {
    CompletableFuture<Roster.Outcome> outcome = membership.outcome(change.getToken());
    CompletableFuture<Roster.Outcome> answer = new CompletableFuture<>();
    Entry entry = Entry.newBuilder().setMemberChange(change).build();
    var _ =
        raft.propose(entry.toByteString())
            .whenComplete((position, thrown) -> {
              membership.forget(change.getToken());
              if (thrown != null) {
                answer.completeExceptionally(refusal(thrown));
              } else if (outcome.isDone()) {
                answer.complete(outcome.resultNow());
              } else {
                // It came with another member's state, and not as an entry.
                answer.completeExceptionally(EtcdError.TIMED_OUT.exception());
              }
            });
    return answer;
  }

  /** What etcd answers in the place of an error of Raft's. */
  static EtcdException refusal(@Nullable Throwable thrown) {
    return switch (thrown) {
      case EtcdException refusal -> refusal;
      case RaftException.Busy e -> EtcdError.TOO_MANY_REQUESTS.exception();
      case RaftException.Stopped e -> EtcdError.STOPPED.exception();
      case RaftException e -> EtcdError.TIMED_OUT.exception();
      case CompletionException e -> refusal(e.getCause());
      case null, default -> EtcdError.INTERNAL.exception();
    };
  }
}
