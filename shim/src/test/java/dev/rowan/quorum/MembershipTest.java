package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.MemberChange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** CL-1, CL-3 to CL-6, as far as they are decided by the list alone. */
class MembershipTest {
  private final Membership membership = new Membership(List.of(voter(3), voter(-2), voter(1)));

  @BeforeEach
  void begin() {
    apply(change().setBegin(membership.view().toProto()));
  }

  private static Member voter(long id) {
    return Member.newBuilder()
        .setId(id)
        .setName("m" + id)
        .addPeerUrls("http://127.0.0.1:" + (1000 + id))
        .build();
  }

  private static MemberChange.Builder change() {
    return MemberChange.newBuilder().setToken(7).setLearnersMax(1);
  }

  private @Nullable EtcdError apply(MemberChange.Builder change) {
    var outcome = membership.outcome(7);
    membership.apply(change.build());
    membership.forget(7);
    return outcome.resultNow().refusal();
  }

  @Test
  void membersAreListedByIdUnsigned() {
    assertThat(membership.view().members()).extracting(Member::getId).containsExactly(1L, 3L, -2L);
  }

  @Test
  void aMemberIsAddedWithoutANameAndPublishesItself() {
    Member added = Member.newBuilder().setId(9).addPeerUrls("http://h:1").setLearner(true).build();

    assertThat(apply(change().setAdd(added))).isNull();
    assertThat(membership.view().member(9)).isEqualTo(added);
    assertThat(membership.view().voters()).hasSize(3);
    assertThat(membership.view().learner(9)).isTrue();
    assertThat(
            apply(
                change()
                    .setPublish(
                        Member.newBuilder().setId(9).setName("nine").addClientUrls("http://c:1"))))
        .isNull();

    assertThat(membership.view().member(9))
        .isEqualTo(added.toBuilder().setName("nine").addClientUrls("http://c:1").build());
  }

  @Test
  void anIdAndPeerUrlsAreOneMembersAlone() {
    assertThat(apply(change().setAdd(voter(1)))).isEqualTo(EtcdError.MEMBER_EXISTS);
    assertThat(apply(change().setAdd(voter(1).toBuilder().setId(9).addPeerUrls("http://h:1"))))
        .isEqualTo(EtcdError.PEER_URL_EXISTS);
    assertThat(apply(change().setUpdate(voter(1).toBuilder().setId(3))))
        .isEqualTo(EtcdError.PEER_URL_EXISTS);
    assertThat(membership.view().members()).hasSize(3);
  }

  @Test
  void learnersAreLimited() {
    Member.Builder learner = Member.newBuilder().setId(9).setLearner(true);
    assertThat(apply(change().setAdd(learner))).isNull();

    assertThat(apply(change().setAdd(learner.setId(10)))).isEqualTo(EtcdError.TOO_MANY_LEARNERS);
    assertThat(apply(change().setAdd(learner.setId(10)).setLearnersMax(2))).isNull();
  }

  @Test
  void aLearnerIsPromotedOnce() {
    apply(change().setAdd(Member.newBuilder().setId(9).setLearner(true)));

    assertThat(apply(change().setPromote(9))).isNull();
    assertThat(membership.view().learner(9)).isFalse();
    assertThat(apply(change().setPromote(9))).isEqualTo(EtcdError.NO_LEARNER);
    assertThat(apply(change().setPromote(404))).isEqualTo(EtcdError.MEMBER_NOT_FOUND);
  }

  @Test
  void urlsAreChangedWithoutALookAtThem() {
    assertThat(apply(change().setUpdate(Member.newBuilder().setId(1).addPeerUrls("nonsense"))))
        .isNull();
    assertThat(membership.view().member(1))
        .isEqualTo(Member.newBuilder().setId(1).setName("m1").addPeerUrls("nonsense").build());
    assertThat(apply(change().setUpdate(Member.newBuilder().setId(404))))
        .isEqualTo(EtcdError.MEMBER_NOT_FOUND);
  }

  @Test
  void whoWasRemovedNeverComesBack() {
    assertThat(apply(change().setRemove(1))).isNull();

    assertThat(membership.view().member(1)).isNull();
    assertThat(apply(change().setRemove(1))).isEqualTo(EtcdError.MEMBER_NOT_FOUND);
    assertThat(apply(change().setAdd(voter(1)))).isEqualTo(EtcdError.MEMBER_NOT_FOUND);
    assertThat(apply(change().setPublish(voter(1)))).isEqualTo(EtcdError.MEMBER_NOT_FOUND);
    assertThat(apply(change().setAdd(voter(1).toBuilder().setId(9)))).isNull();
  }

  @Test
  void theLastVoterStays() {
    apply(change().setRemove(1));
    apply(change().setRemove(3));
    apply(change().setAdd(Member.newBuilder().setId(9).setLearner(true)));

    assertThat(apply(change().setRemove(-2))).isEqualTo(EtcdError.TOO_FEW_MEMBERS);
    assertThat(apply(change().setRemove(9))).isNull();
  }

  @Test
  void whatIsStoredIsLoadedAgain() throws Exception {
    apply(change().setRemove(1));
    apply(change().setAdd(voter(-5)));
    apply(change().setPromote(404));
    Membership loaded = new Membership(List.of());

    loaded.load(membership.toBytes());

    assertThat(loaded.view()).isEqualTo(membership.view());
    assertThat(loaded.view().changes()).isEqualTo(4);
    assertThat(loaded.toBytes()).isEqualTo(membership.toBytes());
    assertThatThrownBy(() -> loaded.load(ByteString.copyFromUtf8("nonsense")))
        .isInstanceOf(com.google.protobuf.InvalidProtocolBufferException.class);
  }

  @Test
  void oneAloneIsAVoterAndTheOthersNeverComeBack() {
    apply(change().setAdd(Member.newBuilder().setId(9).setLearner(true).addPeerUrls("http://h:1")));

    assertThat(apply(change().setAlone(9))).isNull();

    assertThat(membership.view().members()).extracting(Member::getId).containsExactly(9L);
    assertThat(membership.view().voters()).hasSize(1);
    assertThat(membership.view().removed()).containsExactlyInAnyOrder(1L, 3L, -2L);
    assertThat(apply(change().setAlone(1))).isEqualTo(EtcdError.MEMBER_NOT_FOUND);
  }

  @Test
  void aClusterBeginsOnceAndWithNothingElse() {
    Membership fresh = new Membership(List.of(voter(5)));
    fresh.apply(change().setAdd(voter(6)).build());

    assertThat(fresh.view().begun()).isFalse();
    assertThat(fresh.view().members()).extracting(Member::getId).containsExactly(5L);
    assertThat(fresh.toBytes()).isEmpty();
    fresh.apply(change().setBegin(membership.view().toProto()).build());
    fresh.apply(change().setBegin(fresh.view().toProto().toBuilder().clearMembers()).build());

    assertThat(fresh.view().members()).hasSize(3);
    assertThat(fresh.view().begun()).isTrue();
  }

  @Test
  void aChangeOfANewerVersionIsNotPassedOver() {
    assertThatThrownBy(() -> membership.apply(MemberChange.getDefaultInstance()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** C-6: the hash of "http://a:1http://b:2" and 1700000000, by sha1sum. */
  @Test
  void anIdIsDrawnFromUrlsAndTime() {
    Member member =
        NewMember.of(
            List.of("http://b:2", " http://a:1"),
            true,
            Instant.ofEpochSecond(1_700_000_000),
            membership.view());

    assertThat(Long.toHexString(member.getId())).isEqualTo("8fa6c5444a914e68");
    assertThat(member.getPeerUrlsList()).containsExactly("http://a:1", "http://b:2");
    assertThat(member.getLearner()).isTrue();
    assertThat(member.getName()).isEmpty();
  }

  /** In an etcd, it would be answered that it is not found. */
  @Test
  void whoIsRemovedAndAddedAgainWithinASecondIsSomebodyElse() {
    Instant now = Instant.ofEpochSecond(1_700_000_000);
    Member first = NewMember.of(List.of("http://a:1"), false, now, membership.view());
    apply(change().setAdd(first));
    apply(change().setRemove(first.getId()));

    Member second = NewMember.of(List.of("http://a:1"), false, now, membership.view());

    assertThat(second.getId()).isNotEqualTo(first.getId());
    assertThat(apply(change().setAdd(second))).isNull();
  }
}
