package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MembershipTest {
  /** Of the log little is kept, so that who was away needs a snapshot. */
  private static final RaftConfig.Limits SHORT_LOG =
      new RaftConfig.Limits(1 << 16, 1_000, 1 << 20, 20, 5, 4 << 10);

  @TempDir Path folder;

  @Test
  void aClusterGrowsFromOneToThree() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      Cluster.get(cluster.propose(1, "alone"));
      for (long id = 2; id <= 3; id++) {
        cluster.open(id, RaftConfig.Start.JOIN);
        Cluster.get(cluster.member(1).addVoter(id, cluster.address(id)));
      }
      Cluster.get(cluster.propose(3, "three"));
      cluster.awaitSame("three");

      assertThat(cluster.member(3).peers()).extracting(Peer::id).containsExactly(1L, 2L, 3L);
      await()
          .atMost(Cluster.PATIENCE)
          .untilAsserted(() ->
              assertThat(cluster.ledger(2).peers())
                  .containsExactlyElementsOf(cluster.member(1).peers()));

      cluster.close(1);
      Cluster.get(cluster.propose(2, "without the first"));
      cluster.open(1, RaftConfig.Start.NEW);
      cluster.awaitSame("without the first");
    }
  }

  @Test
  void aMemberThatIsNotThereIsNotAdded() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      assertThatThrownBy(
              () -> Cluster.get(cluster.member(1).addVoter(2, Cluster.text(Cluster.freeAddress()))))
          .cause()
          .isInstanceOf(RaftException.ChangeRefused.class)
          .hasMessageContaining("isn't reached");
      assertThatThrownBy(() -> Cluster.get(cluster.member(1).addVoter(1, "127.0.0.1:1")))
          .cause()
          .hasMessage("it is a member already");
      assertThatThrownBy(() -> Cluster.get(cluster.member(1).remove(1)))
          .cause()
          .hasMessage("it is the only voter");
      assertThatThrownBy(() -> Cluster.get(cluster.member(1).promote(1)))
          .cause()
          .hasMessage("it is no learner");
    }
  }

  @Test
  void aLearnerCatchesUpAndIsPromoted() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      Cluster.get(cluster.propose(1, "before"));
      cluster.open(2, RaftConfig.Start.JOIN);
      Cluster.get(cluster.member(1).addLearner(2, cluster.address(2)));
      cluster.awaitSame("before");

      assertThat(cluster.member(2).status().learner()).isTrue();
      assertThat(cluster.member(1).peers())
          .last()
          .extracting(Peer::role)
          .isEqualTo(Peer.Role.LEARNER);
      Cluster.get(cluster.propose(2, "from the learner"));
      cluster.awaitSame("from the learner");
      assertThat(Cluster.get(cluster.member(2).readIndex())).isPositive();
      await()
          .atMost(Cluster.PATIENCE)
          .untilAsserted(() ->
              assertThat(cluster.member(1).progress())
                  .singleElement()
                  .satisfies(progress ->
                      assertThat(progress.matchIndex())
                          .isEqualTo(cluster.member(1).status().lastIndex())));

      Cluster.get(cluster.member(2).promote(2));
      await().atMost(Cluster.PATIENCE).until(() -> !cluster.member(2).status().learner());
      assertThat(cluster.member(1).peers()).allMatch(peer -> peer.role() == Peer.Role.VOTER);
      Cluster.get(cluster.member(1).transferLeadership(2));
      Cluster.get(cluster.propose(1, "led by the promoted"));
      cluster.awaitSame("led by the promoted");
    }
  }

  @Test
  void aRemovedMemberFindsOut() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long follower = cluster.aFollower();
      Cluster.get(cluster.member(follower).remove(follower));

      assertThat(Cluster.get(cluster.member(follower).stopped()))
          .isInstanceOf(RaftStop.Removed.class);
      cluster.close(follower);
      long leader = cluster.awaitLeader();
      Cluster.get(cluster.member(leader).remove(leader));
      assertThat(Cluster.get(cluster.member(leader).stopped()))
          .isInstanceOf(RaftStop.Removed.class);
      cluster.close(leader);
      long last = cluster.awaitLeader();
      Cluster.get(cluster.propose(last, "alone"));
      assertThat(cluster.member(last).peers()).hasSize(1);
    }
  }

  @Test
  void aRemovedLearnerFindsOut() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      cluster.open(2, RaftConfig.Start.JOIN);
      Cluster.get(cluster.member(1).addLearner(2, cluster.address(2)));
      cluster.close(1);
      await().atMost(Cluster.PATIENCE).until(() -> cluster.member(2).status().leaderId() == 1);
      cluster.open(1, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(2, "the learner outlives its leader"));
      Cluster.get(cluster.member(1).remove(2));

      assertThat(Cluster.get(cluster.member(2).stopped())).isInstanceOf(RaftStop.Removed.class);
    }
  }

  @Test
  void aMemberMovesToAnotherAddress() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long follower = cluster.aFollower();
      long leader = cluster.awaitLeader();
      try (TcpProxy way = new TcpProxy(cluster.member(follower).address())) {
        InetSocketAddress moved = way.address();
        Cluster.get(cluster.member(leader).changeAddress(follower, Cluster.text(moved)));

        assertThat(cluster.member(leader).peers())
            .filteredOn(peer -> peer.id() == follower)
            .extracting(Peer::address)
            .containsExactly(Cluster.text(moved));
        Cluster.get(cluster.propose(leader, "over the new way"));
        cluster.awaitSame("over the new way");
        way.cut(1, 2, 3);
        Cluster.get(cluster.propose(leader, "not there yet"));
        assertThat(cluster.ledger(follower).texts()).doesNotContain("not there yet");
        way.join();
        cluster.awaitSame("not there yet");
      }
    }
  }

  @Test
  void whoWasAwayCatchesUpByTheLog() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long away = cluster.aFollower();
      cluster.close(away);
      for (int i = 0; i < 50; i++) {
        Cluster.get(cluster.propose(cluster.awaitLeader(), "m" + i));
      }
      cluster.open(away, RaftConfig.Start.NEW);
      cluster.awaitSame("m49");

      assertThat(cluster.ledger(away).installs()).isZero();
    }
  }

  @Test
  void whoWasAwayForTooLongGetsASnapshotWhileProposalsGoOn() throws Exception {
    try (Cluster cluster = new Cluster(folder, SHORT_LOG, null).begin(3)) {
      long away = cluster.aFollower();
      Cluster.get(cluster.propose(away, "together"));
      cluster.close(away);
      String filler = "-".repeat(200);
      for (int i = 0; i < 80; i++) {
        Cluster.get(cluster.propose(cluster.awaitLeader(), i + filler));
      }
      cluster.open(away, RaftConfig.Start.NEW);
      int more = 0;
      while (cluster.ledger(away).installs() == 0 && more < 5_000) {
        Cluster.get(cluster.propose(cluster.awaitLeader(), "more" + more++));
      }
      cluster.awaitSame("more" + (more - 1));
      Cluster.get(cluster.propose(away, "back"));
      cluster.awaitSame("back");

      assertThat(cluster.ledger(away).installs()).isPositive();
      assertThat(List.of(1L, 2L, 3L)).anyMatch(id -> cluster.ledger(id).snapshots() > 0);
      cluster.close(away);
      cluster.open(away, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(away, "again"));
      cluster.awaitSame("again");
    }
  }

  /** The log is cut by then, and what comes after the snapshot may be in it. */
  @Test
  void aReceivedStateIsTakenOverAtTheNextStartIfTheMemberEndedBeforeItWas() throws Exception {
    try (Cluster cluster = new Cluster(folder, SHORT_LOG, null).begin(3)) {
      long away = cluster.aFollower();
      Cluster.get(cluster.propose(away, "together"));
      cluster.close(away);
      String filler = "-".repeat(200);
      for (int i = 0; i < 80; i++) {
        Cluster.get(cluster.propose(cluster.awaitLeader(), i + filler));
      }
      RaftMember member = cluster.open(away, RaftConfig.Start.NEW, Ledger::failInstall);
      assertThat(Cluster.get(member.stopped())).isInstanceOf(RaftStop.Failed.class);
      LogPosition before = cluster.ledger(away).position();
      cluster.close(away);
      Path received = ReceivedState.latest(snapshots(cluster, away)).orElseThrow().file();

      cluster.open(away, RaftConfig.Start.NEW);
      assertThat(cluster.ledger(away).installs()).isEqualTo(1);
      assertThat(cluster.ledger(away).position().index()).isGreaterThan(before.index());
      assertThat(received).doesNotExist();
      Cluster.get(cluster.propose(away, "back"));
      cluster.awaitSame("back");
    }
  }

  private static Path snapshots(Cluster cluster, long id) {
    return new RaftFolder(cluster.config(id, RaftConfig.Start.NEW)).snapshots();
  }

  @Test
  void aNewMemberGetsASnapshotIfTheLogDoesNotReachBack() throws Exception {
    try (Cluster cluster = new Cluster(folder, SHORT_LOG, null).begin(1)) {
      String filler = "-".repeat(200);
      for (int i = 0; i < 100; i++) {
        Cluster.get(cluster.propose(1, i + filler));
      }
      cluster.open(2, RaftConfig.Start.JOIN);
      Cluster.get(cluster.member(1).addLearner(2, cluster.address(2)));
      Cluster.get(cluster.propose(1, "after"));
      cluster.awaitSame("after");

      assertThat(cluster.ledger(2).installs()).isPositive();
      assertThat(cluster.ledger(2).peers()).hasSize(2);
    }
  }
}
