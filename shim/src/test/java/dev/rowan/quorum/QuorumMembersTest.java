package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MemberUpdateRequest;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftStop;
import io.grpc.StatusRuntimeException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CL-1 to CL-6 and M-7, over members that run. */
class QuorumMembersTest {
  @TempDir Path folder;

  private static MemberAddResponse add(MemberGroup group, long asked, String url, boolean learner) {
    return group
        .member(asked)
        .cluster()
        .memberAdd(MemberAddRequest.newBuilder().addPeerURLs(url).setIsLearner(learner).build());
  }

  private static List<Member> list(MemberGroup group, long asked) {
    var request = MemberListRequest.newBuilder().setLinearizable(true).build();
    return group.member(asked).cluster().memberList(request).getMembersList();
  }

  private static List<Member> remove(MemberGroup group, long asked, long id) {
    var request = MemberRemoveRequest.newBuilder().setID(id).build();
    return group.member(asked).cluster().memberRemove(request).getMembersList();
  }

  private static List<Member> promote(MemberGroup group, long asked, long id) {
    var request = MemberPromoteRequest.newBuilder().setID(id).build();
    return group.member(asked).cluster().memberPromote(request).getMembersList();
  }

  private static void refused(EtcdError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(error.status().getCode());
              assertThat(e.getStatus().getDescription()).isEqualTo(error.text());
            });
  }

  @Test
  void aMemberIsListedUnstartedAndComesInOnceItRuns() throws Exception {
    try (MemberGroup group = MemberGroup.of(1, folder)) {
      InetSocketAddress listen = MemberGroup.freeAddress();
      MemberAddResponse added = add(group, 1, group.place(listen), false);
      long id = added.getMember().getID();

      assertThat(added.getHeader().getRevision()).isZero();
      assertThat(added.getHeader().getRaftTerm()).isPositive();
      assertThat(added.getMember().getPeerURLsList()).containsExactly(group.place(listen));
      assertThat(added.getMembersList()).hasSize(2).contains(added.getMember());
      assertThat(group.member(1).raft().peers()).hasSize(1);

      group.open(id, listen);
      group.awaitRole(id, Peer.Role.VOTER);
      await()
          .atMost(MemberGroup.PATIENCE)
          .untilAsserted(() ->
              assertThat(list(group, id))
                  .allMatch(
                      member -> !member.getName().isEmpty() && member.getClientURLsCount() == 1));
      assertThat(list(group, id)).isEqualTo(list(group, 1));
    }
  }

  @Test
  void aLearnerIsPromotedThroughAnyMemberOnceItIsInSync() throws Exception {
    try (MemberGroup group = MemberGroup.of(2, folder)) {
      long follower = group.aFollower();
      InetSocketAddress listen = MemberGroup.freeAddress();
      long id = add(group, follower, group.place(listen), true).getMember().getID();

      refused(EtcdError.LEARNER_NOT_READY, () -> promote(group, follower, id));
      refused(EtcdError.MEMBER_NOT_FOUND, () -> promote(group, follower, 404));
      refused(EtcdError.NO_LEARNER, () -> promote(group, follower, follower));
      refused(EtcdError.TOO_MANY_LEARNERS, () -> add(group, follower, "http://127.0.0.1:1", true));

      group.open(id, listen);
      group.awaitRole(id, Peer.Role.LEARNER);
      refused(EtcdError.NOT_FOR_LEARNERS, () -> list(group, id));
      assertThat(group.member(id).members().leadership().place().learner()).isTrue();
      await()
          .atMost(MemberGroup.PATIENCE)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> promote(group, follower, id), members -> members.size() == 3);

      assertThat(group.member(group.awaitLeader()).raft().peers())
          .allMatch(peer -> peer.role() == Peer.Role.VOTER);
      assertThat(group.member(group.awaitLeader()).members().leadership().seen().promotions())
          .isEqualTo(1);
      await()
          .atMost(MemberGroup.PATIENCE)
          .until(() -> !group.member(id).members().leadership().place().learner());
      assertThat(list(group, id)).noneMatch(Member::getIsLearner);
    }
  }

  @Test
  void aRemovedMemberStopsAndItsUrlsMayBeUsedAgain() throws Exception {
    try (MemberGroup group = MemberGroup.of(3, folder)) {
      long follower = group.aFollower();
      long leader = group.awaitLeader();
      String url = group.url(follower);

      assertThat(remove(group, follower, follower)).hasSize(2);

      assertThat(group.member(follower).raft().stopped().get(20, TimeUnit.SECONDS))
          .isInstanceOf(RaftStop.Removed.class);
      group.close(follower);
      refused(EtcdError.MEMBER_NOT_FOUND, () -> remove(group, leader, follower));
      assertThat(add(group, leader, url, true).getMembersList()).hasSize(3);
    }
  }

  @Test
  void theLeaderMayBeRemoved() throws Exception {
    try (MemberGroup group = MemberGroup.of(3, folder)) {
      long follower = group.aFollower();
      long leader = group.awaitLeader();

      assertThat(remove(group, follower, leader)).hasSize(2);

      assertThat(group.member(leader).raft().stopped().get(20, TimeUnit.SECONDS))
          .isInstanceOf(RaftStop.Removed.class);
      group.close(leader);
      group.awaitLeader();
      assertThat(list(group, follower)).extracting(Member::getID).doesNotContain(leader);
    }
  }

  /** Who was added lately is in the list before it has a vote: until then the other is needed. */
  @Test
  void theOnlyVoterGoesOnceAnotherHasItsVote() throws Exception {
    try (MemberGroup group = MemberGroup.of(1, folder, false)) {
      InetSocketAddress address = MemberGroup.freeAddress();
      long second = add(group, 1, group.place(address), false).getMember().getID();
      group.open(second, address);
      CompletableFuture<RaftStop> stopped = group.member(1).raft().stopped();
      await()
          .atMost(MemberGroup.PATIENCE)
          .pollInterval(1, TimeUnit.MILLISECONDS)
          .ignoreException(StatusRuntimeException.class)
          .untilAsserted(() -> {
            if (!stopped.isDone()) {
              remove(group, 1, 1);
            }
            assertThat(stopped).isDone();
          });

      assertThat(stopped.get()).isInstanceOf(RaftStop.Removed.class);
      group.close(1);
      assertThat(group.awaitLeader()).isEqualTo(second);
      assertThat(group.member(second).raft().voters()).containsExactly(second);
      assertThat(list(group, second)).hasSize(1);
    }
  }

  /** --strict-reconfig-check. */
  @Test
  void whatWouldCostTheQuorumIsRefused() throws Exception {
    try (MemberGroup group = MemberGroup.of(3, folder)) {
      long leader = group.awaitLeader();
      long away = group.aFollower();
      long other = 6 - leader - away;
      group.close(away);
      await()
          .atMost(MemberGroup.PATIENCE)
          .ignoreException(StatusRuntimeException.class)
          .untilAsserted(() -> refused(EtcdError.UNHEALTHY, () -> remove(group, other, leader)));

      refused(EtcdError.UNHEALTHY, () -> add(group, other, "http://127.0.0.1:1", false));
      refused(EtcdError.UNHEALTHY, () -> add(group, other, "http://127.0.0.1:1", true));
      assertThat(list(group, other)).hasSize(3);
      assertThat(remove(group, other, away)).hasSize(2);
      assertThat(group.member(leader).raft().peers()).hasSize(2);
    }
  }

  @Test
  void aQuorumThatHasNotStartedIsNotAddedTo() throws Exception {
    try (MemberGroup group = MemberGroup.of(1, folder)) {
      refused(EtcdError.TOO_FEW_MEMBERS, () -> remove(group, 1, 1));
      refused(EtcdError.PEER_URL_EXISTS, () -> add(group, 1, group.url(1), true));
      long second = add(group, 1, "http://127.0.0.1:1", false).getMember().getID();

      refused(EtcdError.TOO_FEW_MEMBERS, () -> add(group, 1, "http://127.0.0.1:2", false));
      refused(EtcdError.TOO_FEW_MEMBERS, () -> remove(group, 1, 1));
      refused(EtcdError.LEARNER_NOT_READY, () -> promote(group, 1, second));
      assertThat(remove(group, 1, second)).hasSize(1);
    }
  }

  @Test
  void withoutStrictnessMembersAreAddedAtAnyTime() throws Exception {
    try (MemberGroup group = MemberGroup.of(1, folder, false)) {
      add(group, 1, "http://127.0.0.1:1", false);

      assertThat(add(group, 1, "http://127.0.0.1:2", false).getMembersList()).hasSize(3);
      refused(EtcdError.BAD_MEMBER_URLS, () -> add(group, 1, "127.0.0.1:3", false));
    }
  }

  @Test
  void whoMovesIsFoundWhereItsUrlsSay() throws Exception {
    try (MemberGroup group = MemberGroup.of(3, folder)) {
      long follower = group.aFollower();
      InetSocketAddress listen = MemberGroup.freeAddress();
      group.close(follower);
      long leader = group.awaitLeader();
      var request =
          MemberUpdateRequest.newBuilder().setID(follower).addPeerURLs(group.place(listen)).build();
      assertThat(group.member(leader).cluster().memberUpdate(request).getMembersList())
          .filteredOn(member -> member.getID() == follower)
          .allMatch(member -> member.getPeerURLs(0).equals(group.place(listen)));
      await()
          .atMost(MemberGroup.PATIENCE)
          .until(() ->
              group.member(leader).raft().peers().stream()
                  .anyMatch(peer -> group.place(listen).endsWith(peer.address())));

      group.moved(follower, listen);
      group.open(follower, RaftConfig.Start.NEW);
      await().atMost(MemberGroup.PATIENCE).until(() -> list(group, follower).size() == 3);
      refused(
          EtcdError.MEMBER_NOT_FOUND,
          () -> group.member(leader).cluster().memberUpdate(request.toBuilder().setID(4).build()));
    }
  }

  @Test
  void anotherLeaderGoesOnWithWhatIsLeftToDo() throws Exception {
    try (MemberGroup group = MemberGroup.of(3, folder)) {
      long leader = group.awaitLeader();
      long next = group.aFollower();
      InetSocketAddress listen = MemberGroup.freeAddress();
      long id = add(group, leader, group.place(listen), false).getMember().getID();
      group.member(leader).members().leadership().moveTo(next).get(20, TimeUnit.SECONDS);
      group.close(leader);

      group.open(id, listen);
      group.awaitRole(id, Peer.Role.VOTER);
      assertThat(list(group, id)).hasSize(4);
    }
  }

  /** M-7. */
  @Test
  void leadershipIsMovedByTheOneThatHasIt() throws Exception {
    try (MemberGroup group = MemberGroup.of(2, folder)) {
      long leader = group.awaitLeader();
      long follower = group.aFollower();
      long learner = add(group, leader, "http://127.0.0.1:1", true).getMember().getID();
      var ofLeader = group.member(leader).members().leadership();

      assertThat(group.member(follower).members().leadership().moveTo(follower))
          .failsWithin(1, TimeUnit.SECONDS)
          .withThrowableThat()
          .havingCause()
          .isSameAs(EtcdError.NOT_LEADER.exception());
      for (long bad : new long[] {0, 404, learner}) {
        assertThat(ofLeader.moveTo(bad))
            .failsWithin(1, TimeUnit.SECONDS)
            .withThrowableThat()
            .havingCause()
            .isSameAs(EtcdError.BAD_TRANSFEREE.exception());
      }
      assertThat(ofLeader.moveTo(leader)).succeedsWithin(1, TimeUnit.SECONDS);
      assertThat(ofLeader.moveTo(follower)).succeedsWithin(20, TimeUnit.SECONDS);

      assertThat(ofLeader.place().leaderId()).isEqualTo(follower);
      assertThat(ofLeader.leads()).isFalse();
      assertThat(ofLeader.seen().leaderChanges()).isGreaterThan(1);
    }
  }

  @Test
  void withoutALeaderNothingIsAdded() throws Exception {
    try (MemberGroup group = MemberGroup.of(2, folder)) {
      long left = group.aFollower();
      group.close(group.awaitLeader());
      await()
          .atMost(MemberGroup.PATIENCE)
          .until(() -> !group.member(left).members().leadership().place().leaderKnown());

      refused(EtcdError.UNHEALTHY, () -> add(group, left, "http://127.0.0.1:1", false));
      refused(EtcdError.TIMED_OUT, () -> remove(group, left, left));
      assertThat(group.member(left).members().leadership().place().appliedIndex()).isPositive();
    }
  }

  /** --force-new-cluster. */
  @Test
  void whoGoesOnAloneHasNoOtherMembers() throws Exception {
    try (MemberGroup group = MemberGroup.of(3, folder)) {
      long left = group.aFollower();
      for (long id = 1; id <= 3; id++) {
        group.close(id);
      }

      group.open(left, RaftConfig.Start.FORCE_NEW);

      await()
          .atMost(MemberGroup.PATIENCE)
          .untilAsserted(
              () -> assertThat(list(group, left)).extracting(Member::getID).containsExactly(left));
      long other = left == 1 ? 2 : 1;
      refused(EtcdError.MEMBER_NOT_FOUND, () -> remove(group, left, other));
      assertThat(add(group, left, group.url(other), false).getMembersList()).hasSize(2);
    }
  }
}
