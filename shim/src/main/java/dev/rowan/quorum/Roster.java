package dev.rowan.quorum;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.proto.rowanpb.Members;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The members as of one entry of the order, with what may become of them. Immutable.
 *
 * @param byId the members, in the order of their ids, unsigned
 * @param removed ids that never come back
 * @param changes that were decided until here, refused ones included; 0 before the first members
 */
record Roster(SortedMap<Long, Member> byId, Set<Long> removed, long changes) {

  Roster {
    byId = Collections.unmodifiableSortedMap(byId);
    removed = Set.copyOf(removed);
  }

  /**
   * What a change makes of the members.
   *
   * @param refusal null if it is made
   */
  record Outcome(@Nullable EtcdError refusal, Roster roster) {}

  /** The members that begin a cluster, if nobody has begun it yet. */
  static Roster first(Collection<Member> members) {
    return new Roster(sorted(members), Set.of(), 0);
  }

  static Roster of(Members from) {
    return new Roster(
        sorted(from.getMembersList()), new HashSet<>(from.getRemovedList()), from.getChanges());
  }

  /** The same roster gives the same bytes, on each member. */
  Members toProto() {
    return Members.newBuilder()
        .addAllMembers(byId.values())
        .addAllRemoved(new TreeSet<>(removed))
        .setChanges(changes)
        .build();
  }

  private static SortedMap<Long, Member> sorted(Collection<Member> members) {
    SortedMap<Long, Member> byId = new TreeMap<>(Long::compareUnsigned);
    members.forEach(member -> byId.put(member.getId(), member));
    return byId;
  }

  Collection<Member> members() {
    return byId.values();
  }

  @Nullable Member member(long id) {
    return byId.get(id);
  }

  /** Whether an id is, or ever was, a member's. */
  boolean knows(long id) {
    return byId.containsKey(id) || removed.contains(id);
  }

  /** Those who vote, or will once they run. */
  List<Member> voters() {
    return byId.values().stream().filter(member -> !member.getLearner()).toList();
  }

  boolean learner(long id) {
    Member member = byId.get(id);
    return member != null && member.getLearner();
  }

  /** Whether a member has run: then it has a name. */
  static boolean started(Member member) {
    return !member.getName().isEmpty();
  }

  /**
   * Decides a change, as etcd does when it applies one: by what is known here alone, so that every
   * member decides the same.
   *
   * @throws IllegalArgumentException if it is of a newer version of Rowan
   */
  Outcome decide(MemberChange change) {
    return switch (change.getChangeCase()) {
      case ADD -> add(change.getAdd(), change.getLearnersMax());
      case PUBLISH -> publish(change.getPublish());
      case UPDATE -> update(change.getUpdate());
      case PROMOTE -> promote(change.getPromote());
      case REMOVE -> remove(change.getRemove());
      case BEGIN -> begin(change.getBegin());
      case ALONE -> alone(change.getAlone());
      case CHANGE_NOT_SET ->
          throw new IllegalArgumentException("a change of members of a newer version of Rowan");
    };
  }

  boolean begun() {
    return changes > 0;
  }

  /** All members name the same first ones, so it doesn't matter whose word is taken. */
  private Outcome begin(Members first) {
    return begun()
        ? refused(EtcdError.MEMBER_EXISTS)
        : new Outcome(null, new Roster(sorted(first.getMembersList()), Set.of(), 1));
  }

  private Outcome add(Member member, int learnersMax) {
    if (!begun() || removed.contains(member.getId())) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    if (byId.containsKey(member.getId())) {
      return refused(EtcdError.MEMBER_EXISTS);
    }
    if (urlsOfAnother(member)) {
      return refused(EtcdError.PEER_URL_EXISTS);
    }
    if (member.getLearner() && byId.size() - voters().size() >= learnersMax) {
      return refused(EtcdError.TOO_MANY_LEARNERS);
    }
    return changed(member);
  }

  private Outcome publish(Member published) {
    Member known = byId.get(published.getId());
    return known == null
        ? refused(EtcdError.MEMBER_NOT_FOUND)
        : changed(
            known.toBuilder()
                .setName(published.getName())
                .clearClientUrls()
                .addAllClientUrls(published.getClientUrlsList())
                .build());
  }

  /** What it is updated to is not looked at, as in etcd (CL-5). */
  private Outcome update(Member updated) {
    Member known = byId.get(updated.getId());
    if (known == null) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    if (urlsOfAnother(updated)) {
      return refused(EtcdError.PEER_URL_EXISTS);
    }
    return changed(
        known.toBuilder().clearPeerUrls().addAllPeerUrls(updated.getPeerUrlsList()).build());
  }

  private Outcome promote(long id) {
    Member known = byId.get(id);
    if (known == null) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    return known.getLearner()
        ? changed(known.toBuilder().setLearner(false).build())
        : refused(EtcdError.NO_LEARNER);
  }

  /** Somebody who runs must be left to vote: an etcd that lets the last go ends itself. */
  private Outcome remove(long id) {
    if (!byId.containsKey(id)) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    if (voters().stream().filter(voter -> voter.getId() != id).noneMatch(Roster::started)) {
      return refused(EtcdError.TOO_FEW_MEMBERS);
    }
    SortedMap<Long, Member> left = sorted(byId.values());
    left.remove(id);
    Set<Long> gone = new HashSet<>(removed);
    gone.add(id);
    return new Outcome(null, new Roster(left, gone, changes + 1));
  }

  private boolean urlsOfAnother(Member member) {
    return byId.values().stream()
        .filter(other -> other.getId() != member.getId())
        .anyMatch(
            other -> !Collections.disjoint(other.getPeerUrlsList(), member.getPeerUrlsList()));
  }

  private Outcome refused(EtcdError error) {
    return new Outcome(error, begun() ? new Roster(byId, removed, changes + 1) : this);
  }

  private Outcome changed(Member member) {
    SortedMap<Long, Member> next = sorted(byId.values());
    next.put(member.getId(), member);
    return new Outcome(null, new Roster(next, removed, changes + 1));
  }

  /** The others are removed, and this one votes. */
  private Outcome alone(long id) {
    Member self = byId.get(id);
    if (self == null) {
      return refused(EtcdError.MEMBER_NOT_FOUND);
    }
    Set<Long> gone = new HashSet<>(removed);
    gone.addAll(byId.keySet());
    gone.remove(id);
    SortedMap<Long, Member> left = sorted(List.of(self.toBuilder().setLearner(false).build()));
    return new Outcome(null, new Roster(left, gone, changes + 1));
  }
}
