package dev.rowan.raft;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What Ratis knows at a moment. Any thread; never waits. */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final RaftServer.Division division;
  private final DivisionInfo info;
  private final long memberId;
  private volatile long lastIndex = LogPosition.NONE.index();

  Leadership(RaftServer.Division division, long memberId) {
    this.division = division;
    this.memberId = memberId;
    info = division.getInfo();
  }

  /** 0 while none is known. */
  long leaderId() {
    RaftPeerId leader = info.getLeaderId();
    return leader == null ? 0 : Peers.id(leader);
  }

  boolean leads() {
    return info.isLeader();
  }

  /** Whether this member leads and has applied an entry of its term: all earlier ones too, then. */
  boolean leadsReady() {
    return info.isLeader() && info.isLeaderReady();
  }

  boolean learner() {
    return info.isListener();
  }

  long term() {
    return info.getCurrentTerm();
  }

  long commitIndex() {
    return division.getRaftLog().getLastCommittedIndex();
  }

  /** Of the log's last entry; once the log is closed, as it was when it was asked last. */
  long lastIndex() {
    try {
      lastIndex = division.getRaftLog().getNextIndex() - 1;
    } catch (IllegalStateException e) {
      LOG.debug("the log is closed", e);
    }
    return lastIndex;
  }

  RaftLog log() {
    return division.getRaftLog();
  }

  boolean alive() {
    return info.isAlive();
  }

  List<Peer> peers() {
    return Peers.of(division.getRaftConf());
  }

  /** Whether a set of members that says yes is a majority, before and after a change under way. */
  boolean majority(Set<Long> yes) {
    return majority(division.getRaftConf().getCurrentPeers(), yes)
        && (division.getRaftConf().getPreviousPeers().isEmpty()
            || majority(division.getRaftConf().getPreviousPeers(), yes));
  }

  private static boolean majority(Collection<RaftPeer> voters, Set<Long> yes) {
    long count = voters.stream().filter(voter -> yes.contains(Peers.id(voter.getId()))).count();
    return count > voters.size() / 2;
  }

  /** All who vote, before and after a change under way, but this member. */
  List<Long> otherVoters() {
    return division.getRaftConf().getAllPeers().stream()
        .map(voter -> Peers.id(voter.getId()))
        .filter(id -> id != memberId)
        .toList();
  }

  long memberId() {
    return memberId;
  }

  /**
   * Whether the newest set of members, with this one as its leader, is settled without that one.
   */
  boolean removed(long peerId) {
    return leadsReady()
        && division.getRaftConf().getPreviousPeers().isEmpty()
        && division.getRaftConf().getLogEntryIndex() <= commitIndex()
        && peers().stream().noneMatch(peer -> peer.id() == peerId);
  }

  /** Whether the newest set of members, or the one before a change under way, has this one. */
  boolean member() {
    RaftConfiguration members = division.getRaftConf();
    RaftPeerId self = Peers.id(memberId);
    return members.getPeer(self, RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER) != null;
  }

  /** All other voters and learners, before and after a change under way. */
  List<Long> others() {
    RaftConfiguration members = division.getRaftConf();
    return Stream.concat(
            members.getAllPeers(RaftPeerRole.FOLLOWER).stream(),
            members.getAllPeers(RaftPeerRole.LISTENER).stream())
        .map(peer -> Peers.id(peer.getId()))
        .filter(id -> id != memberId)
        .distinct()
        .toList();
  }
}
