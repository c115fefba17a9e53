package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.StartException;
import dev.rowan.proto.rowanpb.Members;
import dev.rowan.quorum.Bootstrap.Answer;
import dev.rowan.quorum.QuorumConfig.Member;
import dev.rowan.quorum.QuorumConfig.Start;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootstrapTest {
  private static final Member A =
      new Member(3, "a", List.of(PeerUrl.parse("http://[::1]:1"), PeerUrl.parse("http://h:2")));
  private static final Member B = new Member(-2, "b", List.of(PeerUrl.parse("http://b:3")));
  private static final Member C = new Member(9, "c", List.of(PeerUrl.parse("http://c:3")));

  @TempDir Path directory;

  /** Who answers where. */
  private Map<String, Answer> running = Map.of();

  private final List<String> asked = new ArrayList<>();

  @Test
  void aNewClusterBeginsWithItsMembers() throws Exception {
    RaftConfig raft = bootstrap(Start.NEW, A, B);

    assertThat(raft.start()).isEqualTo(RaftConfig.Start.NEW);
    assertThat(raft.memberId()).isEqualTo(3);
    assertThat(raft.clusterId()).isEqualTo(MemberIds.cluster(List.of(3L, -2L)));
    assertThat(raft.peers())
        .containsExactly(
            new Peer(3, "[::1]:1", Peer.Role.VOTER), new Peer(-2, "b:3", Peer.Role.VOTER));
    assertThat(raft.folder()).isEqualTo(folder());
    assertThat(raft.listen().getAddress().isLoopbackAddress()).isTrue();
    assertThat(raft.listen().getPort()).isEqualTo(2380);
    assertThat(asked).containsExactly("b:3");
  }

  @Test
  void aNewClustersMembersMayRunBeforeTheLastOne() throws Exception {
    long clusterId = MemberIds.cluster(List.of(3L, -2L));
    running = Map.of("b:3", new Answer(clusterId, members(started(B), added(3, A))));

    assertThat(bootstrap(Start.NEW, A, B).start()).isEqualTo(RaftConfig.Start.NEW);
  }

  /** As etcd: it may have voted, and doesn't know. */
  @Test
  void aMemberThatLostItsDataDoesNotBeginAgain() {
    long clusterId = MemberIds.cluster(List.of(3L, -2L));
    running = Map.of("b:3", new Answer(clusterId, members(started(B), started(A))));

    assertThatThrownBy(() -> bootstrap(Start.NEW, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "member 3 has already been bootstrapped, and "
                + directory
                + " does not hold its data; remove the member and add it again");
  }

  @Test
  void aMemberThatWasRemovedDoesNotBeginAgain() {
    long clusterId = MemberIds.cluster(List.of(3L, -2L));
    Members removed = members(started(B)).toBuilder().addRemoved(3).build();
    running = Map.of("b:3", new Answer(clusterId, removed));

    assertThatThrownBy(() -> bootstrap(Start.NEW, A, B))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("member 3 was removed from the cluster");
  }

  @Test
  void aNewClusterDoesNotBeginBesideOneThatRuns() {
    running = Map.of("b:3", new Answer(0x77, members(started(B))));

    assertThatThrownBy(() -> bootstrap(Start.NEW, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "--initial-cluster-state=new: members of --initial-cluster run already, in cluster 77,"
                + " and these flags begin cluster %x; existing joins one"
                    .formatted(MemberIds.cluster(List.of(3L, -2L))));
  }

  @Test
  void aFirstMemberThatStartsAgainStillNamesTheOthers() throws Exception {
    folderOf(MemberIds.cluster(List.of(3L, -2L)), 3);

    RaftConfig raft = bootstrap(Start.NEW, A, B);

    assertThat(raft.start()).isEqualTo(RaftConfig.Start.NEW);
    assertThat(raft.peers()).hasSize(2);
    assertThat(asked).isEmpty();
  }

  /** As in etcd: once there is data, flags don't say who the members are. */
  @Test
  void whatTheFolderHoldsCountsMoreThanFlags() throws Exception {
    folderOf(77, -88);

    for (Start start : List.of(Start.NEW, Start.JOIN)) {
      RaftConfig raft = bootstrap(start, A, B);

      assertThat(raft.clusterId()).isEqualTo(77);
      assertThat(raft.memberId()).isEqualTo(-88);
      assertThat(raft.start()).isEqualTo(RaftConfig.Start.JOIN);
      assertThat(raft.peers()).isEmpty();
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void aMemberThatBeganAloneMayLaterListTheOthers() throws Exception {
    long clusterId = MemberIds.cluster(List.of(3L));
    folderOf(clusterId, 3);

    RaftConfig raft = bootstrap(Start.NEW, A, B, C);

    assertThat(raft.clusterId()).isEqualTo(clusterId);
    assertThat(raft.memberId()).isEqualTo(3);
    assertThat(raft.start()).isEqualTo(RaftConfig.Start.JOIN);
  }

  @Test
  void whoJoinsFindsItsIdByItsUrls() throws Exception {
    running = Map.of("c:3", new Answer(77, members(started(C), added(-5, A), started(B))));

    RaftConfig raft = bootstrap(Start.JOIN, A, B, C);

    assertThat(asked).containsExactly("b:3", "c:3");
    assertThat(raft.start()).isEqualTo(RaftConfig.Start.JOIN);
    assertThat(raft.clusterId()).isEqualTo(77);
    assertThat(raft.memberId()).isEqualTo(-5);
    assertThat(raft.peers()).isEmpty();
  }

  @Test
  void whoJoinsListsAllMembersAndNobodyElse() {
    running = Map.of("b:3", new Answer(77, members(started(B), started(C), added(-5, A))));
    assertThatThrownBy(() -> bootstrap(Start.JOIN, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "--initial-cluster: error validating peerURLs: member count is unequal; the cluster has"
                + " [b=http://b:3, c=http://c:3, (not started)=http://h:2+http://[::1]:1]");

    running = Map.of("b:3", new Answer(77, members(started(B), started(C))));
    assertThatThrownBy(() -> bootstrap(Start.JOIN, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "--initial-cluster: error validating peerURLs: PeerURLs: no match found for member a;"
                + " the cluster has [b=http://b:3, c=http://c:3]");
  }

  @Test
  void whoHasRunDoesNotJoinAgainWithoutItsData() {
    running = Map.of("b:3", new Answer(77, members(started(B), started(A))));

    assertThatThrownBy(() -> bootstrap(Start.JOIN, A, B))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("member 3 has already been bootstrapped");
  }

  @Test
  void whoJoinsNeedsSomebodyToAsk() {
    assertThatThrownBy(() -> bootstrap(Start.JOIN, A))
        .isInstanceOf(StartException.class)
        .hasMessage("--initial-cluster-state=existing: --initial-cluster lists nobody but a");
    assertThatThrownBy(() -> bootstrap(Start.JOIN, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "cannot fetch cluster info from peer urls: none of --initial-cluster's other members"
                + " answers");
  }

  @Test
  void whoIsLeftGoesOnAlone() throws Exception {
    folderOf(77, -88);

    RaftConfig raft = bootstrap(Start.FORCE_NEW, A, B);

    assertThat(raft.start()).isEqualTo(RaftConfig.Start.FORCE_NEW);
    assertThat(raft.clusterId()).isEqualTo(77);
    assertThat(raft.peers()).containsExactly(new Peer(-88, "[::1]:1", Peer.Role.VOTER));
  }

  @Test
  void nothingIsForcedWhereNothingIs() {
    assertThatThrownBy(() -> bootstrap(Start.FORCE_NEW, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage("--force-new-cluster: " + folder() + " holds no member's log to go on with");
  }

  /** It would end them, and what they hold may be newer. */
  @Test
  void whoIsNotLeftAloneDoesNotGoOnAlone() throws Exception {
    folderOf(77, A.id());
    RaftConfig raft = bootstrap(Start.FORCE_NEW, A, B);
    Members stored = members(started(A), started(B));

    Bootstrap.checkLast(raft, stored, address -> null);
    Bootstrap.checkLast(raft, stored, address -> new Bootstrap.Answer(78, stored));
    assertThatThrownBy(
            () -> Bootstrap.checkLast(raft, stored, address -> new Bootstrap.Answer(77, stored)))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith(
            "--force-new-cluster: member b (%x) of the cluster still runs at ".formatted(B.id()));
  }

  @Test
  void whoWasRemovedDoesNotGoOnAlone() throws Exception {
    folderOf(77, A.id());
    RaftConfig raft = bootstrap(Start.FORCE_NEW, A, B);
    Members stored = members(started(B)).toBuilder().addRemoved(A.id()).build();

    assertThatThrownBy(() -> Bootstrap.checkLast(raft, stored, address -> null))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "--force-new-cluster: the other members removed member %x, which cannot go on as the last"
                .formatted(A.id()));
  }

  @Test
  void twoMembersDoNotShareADirectory() throws Exception {
    folderOf(77, -2);

    assertThatThrownBy(() -> bootstrap(Start.NEW, A, B))
        .isInstanceOf(StartException.class)
        .hasMessage(
            "--data-dir: "
                + directory
                + " holds the data of member b (fffffffffffffffe), not of a (--name); each member"
                + " needs a directory of its own");
  }

  @Test
  void aFolderThatDoesNotSayWhoseItIsIsNamed() throws Exception {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve("member"), "cluster=xyz\n");

    assertThatThrownBy(() -> bootstrap(Start.NEW, A, B))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith(folder().resolve("member") + ": ");
  }

  private static Members members(dev.rowan.proto.rowanpb.Member... members) {
    return Members.newBuilder().addAllMembers(List.of(members)).build();
  }

  private static dev.rowan.proto.rowanpb.Member started(Member member) {
    return added(member.id(), member).toBuilder()
        .setName(member.name())
        .addClientUrls("http://127.0.0.1:2379")
        .build();
  }

  /** As it is listed until it runs; its URLs in another order. */
  private static dev.rowan.proto.rowanpb.Member added(long id, Member member) {
    return dev.rowan.proto.rowanpb.Member.newBuilder()
        .setId(id)
        .addAllPeerUrls(member.peerUrls().reversed().stream().map(PeerUrl::toString).toList())
        .build();
  }

  private Path folder() {
    return directory.resolve(QuorumConfig.FOLDER);
  }

  private void folderOf(long clusterId, long memberId) throws IOException {
    Files.createDirectories(folder());
    Files.writeString(
        folder().resolve("member"), "cluster=%016x\nmember=%016x\n".formatted(clusterId, memberId));
  }

  private RaftConfig bootstrap(Start start, Member... members)
      throws StartException, InterruptedException {
    QuorumConfig config =
        new QuorumConfig(
            "a",
            List.of(members),
            start,
            PeerUrl.parse("http://[::1]:2380"),
            folder(),
            RaftConfig.Timing.DEFAULT,
            RaftConfig.Limits.DEFAULT,
            true,
            1,
            null);
    return Bootstrap.raft(
        config,
        null,
        address -> {
          asked.add(address);
          return running.get(address);
        });
  }
}
