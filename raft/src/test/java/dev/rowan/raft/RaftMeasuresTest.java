package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members count and time. */
class RaftMeasuresTest {
  /** Of the log little is kept, so that who joins needs a whole state. */
  private static final RaftConfig.Limits SHORT_LOG =
      new RaftConfig.Limits(1 << 16, 1_000, 1 << 20, 20, 5, 4 << 10);

  @TempDir Path folder;

  /** Counts what it is told. */
  private static final class Told implements RaftMeasures.Observer {
    final AtomicLong syncs = new AtomicLong();
    final AtomicLong states = new AtomicLong();
    final Set<Long> answered = ConcurrentHashMap.newKeySet();

    @Override
    public void synced(long nanos) {
      syncs.incrementAndGet();
    }

    @Override
    public void answered(long peerId, long nanos) {
      answered.add(peerId);
    }

    @Override
    public void received(long nanos, long syncNanos) {
      states.incrementAndGet();
    }
  }

  private static Told told(Cluster cluster, long id) {
    Told told = new Told();
    cluster.member(id).measures().tell(told);
    return told;
  }

  @Test
  void everyMemberTimesItsOwnDiskAndCountsWhatIsSaid() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long leader = cluster.awaitLeader();
      List<Told> all = List.of(told(cluster, 1), told(cluster, 2), told(cluster, 3));
      for (int i = 0; i < 20; i++) {
        Cluster.get(cluster.propose(leader, "entry" + i));
      }
      cluster.awaitSame("entry19");

      assertThat(all).allSatisfy(told -> assertThat(told.syncs).hasPositiveValue());
      // Each entry was on two disks before the next was proposed; the third may take several.
      assertThat(all.stream().mapToLong(told -> told.syncs.get()).sum())
          .isGreaterThanOrEqualTo(2 * 20);
      for (long id = 1; id <= 3; id++) {
        long peer = id == leader ? 1 + leader % 3 : leader;
        RaftMeasures.OfPeer measured = cluster.member(id).measures().of(peer);
        assertThat(measured.bytesSent()).isPositive();
        assertThat(measured.bytesReceived()).isPositive();
      }
      long follower = 1 + leader % 3;
      assertThat(cluster.member(follower).measures().of(leader).bytesReceived())
          .isGreaterThan(20L * "entry00".length());
    }
  }

  @Test
  void whoAnswersPingsIsConnectedUntilItDoesNot() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long leader = cluster.awaitLeader();
      long follower = cluster.aFollower();
      RaftMeasures measures = cluster.member(leader).measures();
      Told told = told(cluster, leader);
      await().atMost(Cluster.PATIENCE).until(() -> told.answered.size() == 2);
      assertThat(measures.of(follower).connected()).isTrue();

      cluster.close(follower);

      await().atMost(Cluster.PATIENCE).until(() -> !measures.of(follower).connected());
    }
  }

  @Test
  void readsThatNoLeaderAnswersAreCountedAsFailedAndSlow() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      long left = cluster.awaitLeader();
      Cluster.get(cluster.member(left).readIndex());
      RaftMeasures measures = cluster.member(left).measures();
      assertThat(measures.readsFailed()).isZero();
      for (long id = 1; id <= 3; id++) {
        if (id != left) {
          cluster.close(id);
        }
      }
      await().atMost(Cluster.PATIENCE).until(() -> cluster.member(left).status().leaderId() == 0);

      assertThatThrownBy(() -> Cluster.get(cluster.member(left).readIndex()))
          .cause()
          .isInstanceOf(RaftException.NoLeader.class);

      assertThat(measures.readsFailed()).isEqualTo(1);
      assertThat(measures.readsSlow()).isEqualTo(1);
    }
  }

  @Test
  void statesAreCountedWhereTheyLeaveAndWhereTheyArrive() throws Exception {
    try (Cluster cluster = new Cluster(folder, SHORT_LOG, null).begin(1)) {
      String filler = "-".repeat(200);
      for (int i = 0; i < 100; i++) {
        Cluster.get(cluster.propose(1, i + filler));
      }
      cluster.open(2, RaftConfig.Start.JOIN);
      Told told = told(cluster, 2);
      Cluster.get(cluster.member(1).addLearner(2, cluster.address(2)));
      Cluster.get(cluster.propose(1, "after"));
      cluster.awaitSame("after");

      assertThat(told.states).hasPositiveValue();
      assertThat(cluster.member(2).measures().of(1).statesReceived()).isPositive();
      assertThat(cluster.member(1).measures().of(2).statesSent()).isPositive();
      await()
          .atMost(Cluster.PATIENCE)
          .until(() -> cluster.member(1).measures().of(2).statesUnderWay() == 0);
    }
  }
}
