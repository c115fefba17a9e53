package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.rowanpb.MemberAnswer;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.proto.rowanpb.Members;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has the member that leads decide what clients ask of the members here, trying until one answers
 * or the time is over. Any thread; never waits.
 */
final class MemberRequests {
  /** Between two looks for somebody who leads. */
  private static final Duration RETRY_AFTER = Duration.ofMillis(50);

  /** Election timeouts without a leader, after which it isn't a mere election any more. */
  private static final int LEADERLESS_MAX = 3;

  private final Leaders leaders;
  private final MemberDecisions decisions;
  private final Membership membership;
  private final Carrier carrier;
  private final ScheduledExecutorService timer;
  private final QuorumMembers.Options options;

  MemberRequests(
      Leaders leaders,
      MemberDecisions decisions,
      Membership membership,
      Carrier carrier,
      ScheduledExecutorService timer,
      QuorumMembers.Options options) {
    this.leaders = leaders;
    this.decisions = decisions;
    this.membership = membership;
    this.carrier = carrier;
    this.timer = timer;
    this.options = options;
  }

  /** What nobody else draws; not 0. */
  static long token() {
    return ThreadLocalRandom.current().nextLong() | 1;
  }

  /**
   * Asks for a change.
   *
   * @return all members afterwards, once this one knows of it too; fails with the {@link
   *     dev.rowan.error.EtcdException} to answer
   */
  CompletableFuture<Members> ask(MemberChange change) {
    long deadlineNanos = System.nanoTime() + options.requestTimeout().toNanos();
    Asked asked = new Asked(change, deadlineNanos);
    var _ =
        timer.schedule(
            () -> asked.refuse(EtcdError.TIMED_OUT),
            options.requestTimeout().toMillis(),
            TimeUnit.MILLISECONDS);
    asked.attempt();
    return asked.answer;
  }

  /** A change that is asked for. */
  private final class Asked {
    private final MemberChange change;
    private final long deadlineNanos;
    private final CompletableFuture<Members> answer = new CompletableFuture<>();

    Asked(MemberChange change, long deadlineNanos) {
      this.change = change;
      this.deadlineNanos = deadlineNanos;
    }

    void attempt() {
      if (answer.isDone()) {
        return;
      }
      Leaders.Known known = leaders.known();
      Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
      if (!known.somebody()) {
        withoutLeader(known);
      } else {
        var _ =
            (known.leaderId() == options.memberId()
                    ? decisions.carryOut(change)
                    : carrier
                        .carry(known.leaderId(), change.toByteString(), left)
                        .thenApply(MemberRequests::read))
                .whenComplete(this::answered);
      }
    }

    /** Strictness guards what is added: members that are known to be down may go. */
    private void withoutLeader(Leaders.Known known) {
      Duration leaderless = Duration.ofNanos(System.nanoTime() - known.sinceNanos());
      boolean unhealthy =
          leaderless.compareTo(options.election().multipliedBy(LEADERLESS_MAX)) >= 0;
      if (options.strict() && change.hasAdd() && unhealthy) {
        refuse(EtcdError.UNHEALTHY);
      } else {
        again();
      }
    }

    private void again() {
      var _ = timer.schedule(this::attempt, RETRY_AFTER.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void answered(@Nullable MemberAnswer given, @Nullable Throwable thrown) {
      if (given == null) {
        Throwable cause = thrown == null || thrown.getCause() == null ? thrown : thrown.getCause();
        if (thrown instanceof Undelivered || cause instanceof Undelivered) {
          again();
        } else {
          refuse(MemberProposals.refusal(thrown).error());
        }
        return;
      }
      switch (given.getOutcomeCase()) {
        case MEMBERS -> whenKnown(given.getMembers());
        case REFUSAL -> {
          EtcdError error = named(given.getRefusal());
          if (error == EtcdError.NOT_LEADER) {
            again();
          } else {
            refuse(error);
          }
        }
        case OUTCOME_NOT_SET -> refuse(EtcdError.INTERNAL);
      }
    }

    /** Who was removed may never hear of it as an entry. */
    private void whenKnown(Members members) {
      boolean gone =
          members.getMembersList().stream().noneMatch(one -> one.getId() == options.memberId());
      if (gone || membership.view().changes() >= members.getChanges()) {
        answer.complete(members);
      } else if (!answer.isDone()) {
        var _ = timer.schedule(() -> whenKnown(members), 1, TimeUnit.MILLISECONDS);
      }
    }

    private void refuse(EtcdError error) {
      answer.completeExceptionally(error.exception());
    }
  }

  /** A leader of a newer version may know of more. */
  private static EtcdError named(String name) {
    for (EtcdError error : EtcdError.values()) {
      if (error.name().equals(name)) {
        return error;
      }
    }
    return EtcdError.INTERNAL;
  }

  private static MemberAnswer read(ByteString bytes) {
    try {
      return MemberAnswer.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the leader's answer can't be read", e);
    }
  }
}
