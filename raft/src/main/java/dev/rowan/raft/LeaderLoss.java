package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftGroupIdProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.RaftServerProtocol;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a member stand for election as soon as the leader's process is known to be gone; its silence
 * would tell an election timeout later.
 *
 * <p>It is gone if the connection to it is closed and a new one is refused, which is what a kernel
 * answers where nobody listens, and if a majority of the voters finds the same: who alone is
 * refused has a firewall before it. The voter whose log reaches furthest stands at once, each other
 * some heartbeats after the one before it, if there is no leader yet. All this only brings an
 * election forward: who wins is as safe as in any other.
 */
final class LeaderLoss {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderLoss.class);

  /** What a voter answers to whom the leader isn't gone. */
  static final long THERE = -1;

  /** Heartbeats that the next voter leaves the one before it to be elected. */
  private static final int TURN_HEARTBEATS = 4;

  /**
   * A voter's answer.
   *
   * @param lastIndex of its log, or {@link #THERE}
   */
  private record Voice(long memberId, long lastIndex) {
    boolean gone() {
      return lastIndex != THERE;
    }

    boolean isBefore(Voice other) {
      return lastIndex == other.lastIndex ? memberId > other.memberId : lastIndex > other.lastIndex;
    }
  }

  private final Leadership leadership;
  private final PeerLinks links;
  private final PeerThreads threads;
  private final RaftServer.Division division;
  private final RaftMeasures measures;
  private final Duration heartbeat;
  private final Duration answerMax;

  /** Whether it asks the others, or waits for its turn. */
  private final AtomicBoolean busy = new AtomicBoolean();

  LeaderLoss(
      RaftConfig config,
      Leadership leadership,
      PeerLinks links,
      PeerThreads threads,
      RaftServer.Division division,
      RaftMeasures measures) {
    this.leadership = leadership;
    this.links = links;
    this.threads = threads;
    this.division = division;
    this.measures = measures;
    heartbeat = config.timing().heartbeat();
    answerMax = heartbeat.multipliedBy(2);
  }

  /** Once a heartbeat, on the timer. */
  void look() {
    long leader = leadership.leaderId();
    if (leader == 0 || leader == leadership.memberId() || leadership.learner()) {
      return;
    }
    if (links.nobodyListens(leader) && busy.compareAndSet(false, true)) {
      ask(leader, leadership.term());
    }
    // Keeps one open, or finds out that it is refused.
    var _ = links.link(leader);
  }

  /** For another voter: the last index here if the leader of a term is gone, or {@link #THERE}. */
  long gone(long leader, long term) {
    return leads(leader, term) && links.nobodyListens(leader) ? leadership.lastIndex() : THERE;
  }

  private boolean leads(long leader, long term) {
    return leadership.leaderId() == leader && leadership.term() == term;
  }

  private void ask(long leader, long term) {
    List<CompletableFuture<Voice>> voices =
        leadership.otherVoters().stream()
            .filter(other -> other != leader)
            .map(other -> voice(other, leader, term))
            .toList();
    var _ =
        CompletableFuture.allOf(voices.toArray(CompletableFuture<?>[]::new))
            .whenComplete((done, thrown) ->
                decide(voices.stream().map(CompletableFuture::join).toList(), leader, term));
  }

  /** What another voter finds; that the leader is there if it doesn't answer. */
  private CompletableFuture<Voice> voice(long other, long leader, long term) {
    return links
        .call(other, Frame.GONE, Payload.ofLongs(leader, term), answerMax, ByteBuf::readLong)
        .exceptionally(thrown -> THERE)
        .thenApply(lastIndex -> new Voice(other, lastIndex));
  }

  private void decide(List<Voice> voices, long leader, long term) {
    Voice own = new Voice(leadership.memberId(), leadership.lastIndex());
    Set<Long> agreed =
        Stream.concat(voices.stream().filter(Voice::gone), Stream.of(own))
            .map(Voice::memberId)
            .collect(Collectors.toSet());
    if (!leadership.majority(agreed)) {
      busy.set(false);
      return;
    }
    long before = voices.stream().filter(voice -> voice.gone() && voice.isBefore(own)).count();
    var _ =
        threads
            .timer()
            .schedule(
                () -> threads.transfers().execute(() -> stand(leader, term)),
                heartbeat.toMillis() * TURN_HEARTBEATS * before,
                TimeUnit.MILLISECONDS);
  }

  /** Waits for Ratis' locks. */
  private void stand(long leader, long term) {
    try {
      if (leads(leader, term)) {
        LOG.info("the leader's process is gone: standing for election");
        if (((RaftServerProtocol) division)
            .startLeaderElection(request(leader))
            .getServerReply()
            .getSuccess()) {
          measures.stoodEarly();
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.info("no early election: {}", e.toString());
    } finally {
      busy.set(false);
    }
  }

  /** As if the leader had asked for it, to hand over. */
  private StartLeaderElectionRequestProto request(long leader) {
    TermIndex last = division.getRaftLog().getLastEntryTermIndex();
    return StartLeaderElectionRequestProto.newBuilder()
        .setServerRequest(
            RaftRpcRequestProto.newBuilder()
                .setRequestorId(Peers.id(leader).toByteString())
                .setReplyId(Peers.id(leadership.memberId()).toByteString())
                .setRaftGroupId(
                    RaftGroupIdProto.newBuilder()
                        .setId(division.getGroup().getGroupId().toByteString())))
        .setLeaderLastEntry(last.toProto())
        .build();
  }
}
