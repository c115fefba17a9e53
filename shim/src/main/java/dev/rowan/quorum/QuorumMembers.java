package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.cluster.Identity;
import dev.rowan.cluster.Leadership;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.raft.RaftMember;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * All that has to do with the members of a quorum, put together: the list is a part of the
 * replicated state ({@link Membership}); changes of it are decided by the member that leads and go
 * through the one order; and Raft's own set follows it. Any thread; never waits.
 */
public final class QuorumMembers {
  private final Membership membership;
  private final Leaders leaders;
  private final Options options;
  private final MemberDecisions decisions;
  private final MemberRequests requests;
  private final Reconciliation reconciliation;
  private final Publication publication;
  private final Leadership leadership;
  private final LearnerRefusal learnerRefusal;
  private final LeaderRequirement leaderRequirement;
  private volatile Learning learning;

  /** Whether this one learns, by the list that was looked at last. */
  private record Learning(Roster roster, boolean learner) {}

  /**
   * How the members are kept.
   *
   * @param memberId of this one
   * @param name of this one
   * @param clientUrls where clients reach this one; asked again and again
   * @param strict --strict-reconfig-check
   * @param learnersMax --max-learners
   * @param election the election timeout
   * @param requestTimeout so long a client's call may take
   * @param alone --force-new-cluster: the other members are lost, and leave the list
   */
  public record Options(
      long memberId,
      String name,
      Supplier<List<String>> clientUrls,
      boolean strict,
      int learnersMax,
      Duration election,
      Duration requestTimeout,
      boolean alone) {}

  /**
   * Puts it together.
   *
   * @param leaders the listener with which the member was opened
   * @param carrier brings a change, as the bytes of a {@code MemberChange}, to another member,
   *     which hands it to {@link #carryOut}, and brings back what that gave
   * @param timer a thread that never waits
   */
  public QuorumMembers(
      Options options,
      RaftMember raft,
      Membership membership,
      Leaders leaders,
      Carrier carrier,
      ScheduledExecutorService timer) {
    this.options = options;
    this.membership = membership;
    this.leaders = leaders;
    long self = options.memberId();
    MemberProposals proposals = new MemberProposals(raft, membership);
    reconciliation = new Reconciliation(raft, membership, proposals, options, timer);
    decisions =
        new MemberDecisions(
            raft,
            membership,
            new ReconfigurationCheck(self, raft, options.election(), options.strict()),
            proposals,
            reconciliation,
            timer,
            options.election().multipliedBy(2));
    requests = new MemberRequests(leaders, decisions, membership, carrier, timer, options);
    publication =
        new Publication(self, options.name(), options.clientUrls(), membership, proposals, timer);
    leadership =
        new QuorumLeadership(
            self,
            raft,
            leaders,
            membership,
            decisions::promotions,
            timer,
            options.requestTimeout());
    learning = new Learning(membership.view(), membership.view().learner(self));
    learnerRefusal = new LearnerRefusal(this::learner);
    leaderRequirement = new LeaderRequirement(() -> leaders.known().somebody());
  }

  /** Asked for by every call, so the list is looked into only where it is another. */
  // An equal list may be looked into again; to compare their members would cost more.
  @SuppressWarnings("ReferenceEquality")
  private boolean learner() {
    Roster now = membership.view();
    Learning known = learning;
    if (known.roster != now) {
      known = new Learning(now, now.learner(options.memberId()));
      learning = known;
    }
    return known.learner;
  }

  /**
   * Begins what goes on in the background: this member tells of itself, and while it leads it has
   * Raft follow the list.
   *
   * @param every runs something on the timer again and again, whatever it throws
   */
  public void start(BiConsumer<Duration, Runnable> every) {
    publication.start(every);
    reconciliation.start(every);
    every.accept(options.election(), leaderRequirement::look);
  }

  /** Who leads, for Status, the metrics and the pages. */
  public Leadership leadership() {
    return leadership;
  }

  /** Who this member is, with Raft's term in each header. */
  public Identity identity(long clusterId) {
    return Identity.of(clusterId, options.memberId(), leaders::term);
  }

  /**
   * The Cluster service.
   *
   * @param gate lets a linearizable read through, as {@link ReadGate#whenCurrent}
   */
  public BindableService clusterService(Identity identity, Consumer<ReadGate.Read> gate) {
    return new QuorumClusterService(identity, membership, requests, gate, options.learnersMax());
  }

  /** A service, guarded already, with what a member of a quorum refuses in front (C-7, C-8). */
  public ServerServiceDefinition guard(ServerServiceDefinition service) {
    return ServerInterceptors.interceptForward(service, learnerRefusal, leaderRequirement);
  }

  /**
   * Carries out a change that another member asks for.
   *
   * @param change as that one's {@link Carrier} got it
   * @return what is to be given back to it
   */
  public CompletableFuture<ByteString> carryOut(ByteString change) {
    try {
      return decisions
          .carryOut(MemberChange.parseFrom(change))
          .thenApply(answer -> answer.toByteString());
    } catch (InvalidProtocolBufferException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
