package dev.rowan.quorum;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.raft.PeerProgress;
import dev.rowan.raft.RaftMember;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Refuses changes of members that would cost the quorum: etcd's --strict-reconfig-check, and what
 * it asks of a learner in any case. Made by the leader, which alone knows how the others are. Any
 * thread; never waits.
 *
 * <p>A member is connected if it answered the leader within an election timeout. etcd wants five
 * seconds of connection, which a leader that was just elected could not tell.
 */
final class ReconfigurationCheck {
  /** A learner must have so many percent of the leader's log (CL-6). etcd's. */
  private static final int READY_PERCENT = 90;

  private final long self;
  private final RaftMember raft;
  private final Duration election;
  private final boolean strict;

  ReconfigurationCheck(long self, RaftMember raft, Duration election, boolean strict) {
    this.self = self;
    this.raft = raft;
    this.election = election;
    this.strict = strict;
  }

  /** Why a change is not to be made; null if it may be. */
  @Nullable EtcdError refusal(MemberChange change, Roster roster) {
    return switch (change.getChangeCase()) {
      case ADD -> strict ? adding(change.getAdd(), roster) : null;
      case REMOVE -> strict ? removing(change.getRemove(), roster) : null;
      case PROMOTE -> promoting(change.getPromote(), roster);
      case UPDATE, PUBLISH, BEGIN, ALONE, CHANGE_NOT_SET -> null;
    };
  }

  private @Nullable EtcdError adding(Member added, Roster roster) {
    List<Member> voters = roster.voters();
    long started = started(voters);
    boolean oneBecomesTwo = started == 1 && voters.size() == 1;
    if (!added.getLearner() && !oneBecomesTwo && started < quorum(voters.size() + 1)) {
      return EtcdError.TOO_FEW_MEMBERS;
    }
    boolean connected = voters.size() == 1 || count(voters, there()) >= quorum(voters.size() + 1);
    return connected ? null : EtcdError.UNHEALTHY;
  }

  private @Nullable EtcdError removing(long id, Roster roster) {
    if (roster.learner(id)) {
      return null;
    }
    List<Member> voters = roster.voters();
    List<Member> left = voters.stream().filter(voter -> voter.getId() != id).toList();
    if (started(left) < quorum(left.size())) {
      return EtcdError.TOO_FEW_MEMBERS;
    }
    Set<Long> there = there();
    // One that is down isn't missed.
    boolean down = !there.contains(id);
    boolean enough = count(voters, there) - 1 >= quorum(voters.size() - 1);
    return (down || enough) && majorityWithout(id, there) ? null : EtcdError.UNHEALTHY;
  }

  /** Of those who vote by now: who was added lately may not have got its vote yet. */
  private boolean majorityWithout(long id, Set<Long> there) {
    Set<Long> left = new HashSet<>(raft.voters());
    left.remove(id);
    return left.stream().filter(there::contains).count() >= quorum(left.size());
  }

  private @Nullable EtcdError promoting(long id, Roster roster) {
    if (roster.member(id) == null) {
      return EtcdError.MEMBER_NOT_FOUND;
    }
    long last = raft.status().lastIndex();
    if (matchIndex(id, last) * 100 < last * READY_PERCENT) {
      return EtcdError.LEARNER_NOT_READY;
    }
    List<Member> voters = roster.voters();
    boolean enough = started(voters) + 1 >= quorum(voters.size() + 1);
    return enough || !strict ? null : EtcdError.TOO_FEW_MEMBERS;
  }

  /** Nothing, of one that Raft hasn't taken in yet. */
  private long matchIndex(long id, long last) {
    if (id == self) {
      return last;
    }
    return raft.progress().stream()
        .filter(progress -> progress.peerId() == id)
        .mapToLong(progress -> Math.max(0, progress.matchIndex()))
        .findFirst()
        .orElse(0);
  }

  private static long started(List<Member> members) {
    return members.stream().filter(Roster::started).count();
  }

  private static long count(List<Member> members, Set<Long> there) {
    return members.stream().filter(member -> there.contains(member.getId())).count();
  }

  /** Who is connected, and this member. */
  private Set<Long> there() {
    return Stream.concat(
            Stream.of(self),
            raft.progress().stream()
                .filter(progress -> progress.sinceContact().compareTo(election) <= 0)
                .map(PeerProgress::peerId))
        .collect(Collectors.toSet());
  }

  private static int quorum(int members) {
    return members / 2 + 1;
  }
}
