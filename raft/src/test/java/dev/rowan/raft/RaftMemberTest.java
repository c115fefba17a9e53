package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftMemberTest {
  @TempDir Path folder;

  private static List<String> numbered(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  private static void proposeAll(Cluster cluster, long id, List<String> texts) throws Exception {
    List<CompletableFuture<LogPosition>> proposed = new ArrayList<>();
    for (String text : texts) {
      proposed.add(cluster.propose(id, text));
    }
    for (CompletableFuture<LogPosition> future : proposed) {
      Cluster.get(future);
    }
  }

  @Test
  void aSingleMemberAppliesInOrderAndGoesOnAfterARestart() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      proposeAll(cluster, 1, numbered("a", 100));
      long read = Cluster.get(cluster.member(1).readIndex());

      assertThat(cluster.ledger(1).texts()).isEqualTo(numbered("a", 100));
      assertThat(read).isGreaterThanOrEqualTo(100);
      assertThat(cluster.ledger(1).peers()).containsExactlyElementsOf(cluster.member(1).peers());

      cluster.close(1);
      cluster.open(1, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(1, "b"));

      assertThat(cluster.ledger(1).texts()).startsWith("a0").endsWith("a99", "b").hasSize(101);
    }
  }

  @Test
  void allMembersApplyTheSameOrderAndEachMembersOwn() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      List<CompletableFuture<LogPosition>> proposed = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        for (long id = 1; id <= 3; id++) {
          proposed.add(cluster.propose(id, id + "-" + i));
        }
      }
      List<Long> indexes = new ArrayList<>();
      for (CompletableFuture<LogPosition> future : proposed) {
        indexes.add(Cluster.get(future).index());
      }
      cluster.awaitSame("3-199");

      assertThat(indexes).doesNotHaveDuplicates();
      assertThat(cluster.ledger(1).texts()).hasSize(600);
      for (long id = 1; id <= 3; id++) {
        String mine = id + "-";
        assertThat(cluster.ledger(2).texts())
            .filteredOn(text -> text.startsWith(mine))
            .isEqualTo(numbered(mine, 200));
      }
    }
  }

  @Test
  void proposalsUnderWayGoToTheNextLeaderOnceAndInOrder() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long leader = cluster.awaitLeader();
      long follower = cluster.aFollower();
      List<CompletableFuture<LogPosition>> proposed = new ArrayList<>();
      for (String text : numbered("x", 100)) {
        proposed.add(cluster.propose(follower, text));
      }
      Cluster.get(proposed.get(20));
      cluster.close(leader);
      for (String text : numbered("y", 100)) {
        proposed.add(cluster.propose(follower, text));
      }
      for (CompletableFuture<LogPosition> future : proposed) {
        Cluster.get(future);
      }

      List<String> expected = new ArrayList<>(numbered("x", 100));
      expected.addAll(numbered("y", 100));
      assertThat(cluster.ledger(follower).texts()).isEqualTo(expected);

      cluster.open(leader, RaftConfig.Start.NEW);
      cluster.awaitSame("y99");
      assertThat(cluster.ledger(leader).texts()).isEqualTo(expected);
    }
  }

  @Test
  void aReadIndexCoversWhatAnotherMemberAcknowledged() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      for (int i = 0; i < 30; i++) {
        long writer = 1L + i % 3;
        long reader = 1L + (i + 1) % 3;
        long written = Cluster.get(cluster.propose(writer, "w" + i)).index();

        assertThat(Cluster.get(cluster.member(reader).readIndex())).isGreaterThanOrEqualTo(written);
      }
    }
  }

  @Test
  void leadershipIsTransferred() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long leader = cluster.awaitLeader();
      long next = cluster.aFollower();
      Cluster.get(cluster.propose(leader, "before"));
      Cluster.get(cluster.member(leader).transferLeadership(next));

      assertThat(cluster.awaitLeader()).isEqualTo(next);
      assertThatThrownBy(() -> Cluster.get(cluster.member(leader).transferLeadership(leader)))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(RaftException.ChangeRefused.class);
      Cluster.get(cluster.propose(leader, "after"));
      cluster.awaitSame("after");
    }
  }

  @Test
  void withoutAMajorityNothingIsProposedOrRead() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long leader = cluster.awaitLeader();
      for (long id = 1; id <= 3; id++) {
        if (id != leader) {
          cluster.close(id);
        }
      }
      await().atMost(Cluster.PATIENCE).until(() -> cluster.member(leader).status().leaderId() == 0);
      CompletableFuture<LogPosition> proposed = cluster.propose(leader, "never");
      CompletableFuture<Long> read = cluster.member(leader).readIndex();

      assertThatThrownBy(() -> Cluster.get(proposed))
          .cause()
          .isInstanceOf(RaftException.NotProposed.class);
      assertThatThrownBy(() -> Cluster.get(read))
          .cause()
          .isInstanceOf(RaftException.NoLeader.class);
    }
  }

  @Test
  void whatWaitsIsBounded() throws Exception {
    RaftConfig.Limits limits = new RaftConfig.Limits(1000, 10, 5000, 10_000, 5_000, 1 << 20);
    try (Cluster cluster = new Cluster(folder, limits, null)) {
      cluster.name(1, Cluster.freeAddress());
      cluster.name(2, Cluster.freeAddress());
      cluster.open(1, RaftConfig.Start.NEW);
      List<CompletableFuture<LogPosition>> taken =
          numbered("n", 10).stream().map(text -> cluster.propose(1, text)).toList();

      assertThat(taken).noneMatch(CompletableFuture::isDone);
      assertThat(cluster.propose(1, "eleventh").exceptionNow())
          .isInstanceOf(RaftException.Busy.class);
      assertThatThrownBy(() -> cluster.propose(1, "x".repeat(1001)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aStateMachineThatFailsStopsItsMember() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      var _ = cluster.propose(1, "fail");

      RaftStop stop = Cluster.get(cluster.member(1).stopped());
      assertThat(stop).isInstanceOf(RaftStop.Failed.class);
      assertThat(((RaftStop.Failed) stop).cause()).hasMessage("as told");
      await()
          .atMost(Cluster.PATIENCE)
          .until(() -> cluster.propose(1, "more").isCompletedExceptionally());
    }
  }
}
