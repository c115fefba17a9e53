package dev.rowan.quorum;

import dev.rowan.cluster.PeerUrls;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.raft.Peer;
import dev.rowan.raft.PeerProgress;
import dev.rowan.raft.RaftMember;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has Raft's own set of members follow the list: on the member that leads, one change at a time,
 * until they are the same.
 *
 * <pre>
 * in the list, not in Raft's set    taken in as a learner, once it can be reached
 * a voter that is a learner there   promoted, once it is up to date
 * removed from the list             removed
 * at another address                moved
 * </pre>
 *
 * <p>The list is decided first, in the one order. Whatever a leader leaves undone, because it
 * stopped or because the other member doesn't run yet, the next look does, on whoever leads then.
 * No leader acts on a list that is older than Raft's set: it looks up to where the order is settled
 * before each change.
 *
 * <p>The first leader of a cluster begins the list, and one that was left alone ends the others in
 * it.
 *
 * <p>All on the timer, but for {@link #wake} and {@link #settled}; never waits.
 */
final class Reconciliation {
  /** Between two looks: so long somebody waits at most who has just come up. */
  static final Duration PERIOD = Duration.ofMillis(300);

  /** Entries that one who is to vote may be behind: it has them before they are missed. */
  private static final long BEHIND_MAX = 1_000;

  private static final Logger log = LoggerFactory.getLogger(Reconciliation.class);

  private final RaftMember raft;
  private final Membership membership;
  private final MemberProposals proposals;
  private final Duration election;
  private final ScheduledExecutorService timer;
  private final ConcurrentLinkedQueue<Awaited> awaited = new ConcurrentLinkedQueue<>();

  private final long self;

  /** Whether the others are to be removed before anything else is done. */
  private boolean toBeAlone;

  private boolean underWay;
  private int turn;

  /** What was last said of a member that cannot be changed yet; said once. */
  private final Map<Long, String> troubles = new HashMap<>();

  /** Somebody who waits for Raft to follow in what concerns a member. */
  private record Awaited(long memberId, CompletableFuture<Void> settled) {}

  /** Asks Raft for a change. */
  private interface Making {
    CompletableFuture<Void> make();
  }

  /** A change that Raft's set needs. */
  private record Step(long memberId, String what, Making making) {}

  Reconciliation(
      RaftMember raft,
      Membership membership,
      MemberProposals proposals,
      QuorumMembers.Options options,
      ScheduledExecutorService timer) {
    this.raft = raft;
    this.membership = membership;
    this.proposals = proposals;
    this.timer = timer;
    election = options.election();
    self = options.memberId();
    toBeAlone = options.alone();
  }

  /** Looks at once, if this member isn't being stopped. */
  void wake() {
    try {
      timer.execute(this::look);
    } catch (RejectedExecutionException e) {
      log.debug("nobody looks any more whether Raft's members follow", e);
    }
  }

  /**
   * Completed once Raft's set is as the list has it for a member, or once this member doesn't lead.
   * Whoever waits no more completes it.
   */
  CompletableFuture<Void> settled(long memberId) {
    Awaited one = new Awaited(memberId, new CompletableFuture<>());
    awaited.add(one);
    wake();
    return one.settled;
  }

  void look() {
    boolean leads = raft.status().leader();
    awaited.removeIf(one -> {
      if (!leads || agrees(one.memberId)) {
        one.settled.complete(null);
      }
      return one.settled.isDone();
    });
    // Who knows of no members at all doesn't lead, but for a cluster that never began.
    if (underWay || !leads || membership.view().members().isEmpty()) {
      return;
    }
    if (toBeAlone || !membership.view().begun()) {
      beginList();
    } else if (!steps().isEmpty()) {
      CompletableFuture<Long> settled = raft.readIndex();
      underWay = true;
      var _ =
          settled.whenComplete(
              (index, thrown) -> goOn(() -> begin(thrown == null ? index : Long.MAX_VALUE)));
    }
  }

  /** With what is under way; a defect ends that, so that the next look begins anew. */
  private void goOn(Runnable step) {
    timer.execute(() -> {
      try {
        step.run();
      } catch (RuntimeException e) {
        underWay = false;
        log.error("Raft's members cannot follow the list", e);
      }
    });
  }

  /** The first members, if there are none yet; and only this one, if the others are lost. */
  private void beginList() {
    Roster now = membership.view();
    MemberChange.Builder change = MemberChange.newBuilder().setToken(MemberRequests.token());
    if (now.begun()) {
      change.setAlone(self);
    } else {
      change.setBegin(now.toProto());
    }
    CompletableFuture<Roster.Outcome> proposed = proposals.propose(change.build());
    underWay = true;
    var _ =
        proposed.whenComplete((outcome, thrown) ->
            goOn(() -> {
              underWay = false;
              if (outcome != null) {
                decided(change, outcome.refusal());
              }
            }));
  }

  private void decided(MemberChange.Builder change, @Nullable EtcdError refusal) {
    if (refusal == null && change.hasAlone()) {
      toBeAlone = false;
    } else if (refusal != null && change.hasAlone()) {
      trouble(self, "it is no member, and cannot be the only one");
    }
  }

  private boolean agrees(long memberId) {
    Member member = membership.view().member(memberId);
    Peer peer = peers().get(memberId);
    if (member == null || peer == null) {
      return peer == null;
    }
    return member.getLearner() == (peer.role() == Peer.Role.LEARNER);
  }

  private Map<Long, Peer> peers() {
    return raft.peers().stream().collect(Collectors.toMap(Peer::id, peer -> peer));
  }

  /** The order is settled up to there; Long.MAX_VALUE if nobody could tell. */
  private void begin(long index) {
    List<Step> steps = raft.status().appliedIndex() < index ? List.of() : steps();
    if (steps.isEmpty()) {
      underWay = false;
      return;
    }
    Step step = steps.get(turn++ % steps.size());
    var _ = asked(step).whenComplete((done, thrown) -> goOn(() -> end(step, thrown)));
  }

  /** An address that was never checked may be one that Raft doesn't take (CL-5). */
  private static CompletableFuture<Void> asked(Step step) {
    try {
      return step.making.make();
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void end(Step step, @Nullable Throwable thrown) {
    underWay = false;
    if (thrown == null) {
      troubles.remove(step.memberId);
      log.atInfo()
          .addKeyValue("member", Long.toHexString(step.memberId))
          .addKeyValue("change", step.what)
          .log("changed Raft's members");
      look();
    } else {
      trouble(step.memberId, step.what + ": " + thrown.getMessage());
    }
  }

  private void trouble(long memberId, String trouble) {
    if (!trouble.equals(troubles.put(memberId, trouble))) {
      log.atWarn()
          .addKeyValue("member", Long.toHexString(memberId))
          .addKeyValue("error", trouble)
          .log("Raft's members do not follow the list yet; it is tried again");
    }
  }

  /**
   * Who goes is let go first: nothing else may be possible until then. But the only voter goes once
   * another has its vote.
   */
  private List<Step> steps() {
    Roster roster = membership.view();
    Map<Long, Peer> peers = peers();
    List<Step> steps = new ArrayList<>();
    boolean voterStays =
        peers.values().stream()
            .anyMatch(
                peer -> peer.role() == Peer.Role.VOTER && !roster.removed().contains(peer.id()));
    for (Peer peer : peers.values()) {
      boolean dispensable = voterStays || peer.role() == Peer.Role.LEARNER;
      if (dispensable && roster.removed().contains(peer.id())) {
        steps.add(new Step(peer.id(), "remove", () -> raft.remove(peer.id())));
      }
    }
    if (steps.isEmpty()) {
      for (Member member : roster.members()) {
        Step step = step(member, peers.get(member.getId()));
        if (step != null) {
          steps.add(step);
        }
      }
    }
    return steps;
  }

  private @Nullable Step step(Member member, @Nullable Peer peer) {
    long id = member.getId();
    List<String> addresses = addresses(member);
    if (addresses.isEmpty()) {
      trouble(id, "none of its peer URLs has a host and a port");
      return null;
    }
    if (peer == null) {
      String address = addresses.get(Math.floorMod(turn, addresses.size()));
      return new Step(id, "take in", () -> raft.addLearner(id, address));
    }
    if (!addresses.contains(peer.address())) {
      return new Step(id, "move", () -> raft.changeAddress(id, addresses.getFirst()));
    }
    boolean promote = !member.getLearner() && peer.role() == Peer.Role.LEARNER && upToDate(id);
    return promote ? new Step(id, "promote", () -> raft.promote(id)) : null;
  }

  private static List<String> addresses(Member member) {
    return member.getPeerUrlsList().stream()
        .map(PeerUrls::address)
        .filter(Objects::nonNull)
        .toList();
  }

  private boolean upToDate(long id) {
    long last = raft.status().lastIndex();
    return raft.progress().stream().anyMatch(progress -> upToDate(progress, id, last));
  }

  private boolean upToDate(PeerProgress progress, long id, long last) {
    return progress.peerId() == id
        && progress.sinceContact().compareTo(election) <= 0
        && progress.matchIndex() >= 0
        && progress.matchIndex() + BEHIND_MAX >= last;
  }

  void start(BiConsumer<Duration, Runnable> every) {
    membership.whenChanged(this::wake);
    every.accept(PERIOD, this::look);
    wake();
  }
}
