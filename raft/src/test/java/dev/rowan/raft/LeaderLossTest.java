package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that would wait for minutes until a leader's silence tells them that it is gone. */
class LeaderLossTest {
  private static final RaftConfig.Timing PATIENT =
      new RaftConfig.Timing(Duration.ofMillis(50), Duration.ofMinutes(5), Duration.ofSeconds(5));

  @TempDir Path folder;
  private Cluster cluster;

  @BeforeEach
  void open() throws Exception {
    cluster = new Cluster(folder).begin(3);
    cluster.timing(PATIENT);
    long first = cluster.awaitLeader();
    long next = cluster.aFollower();
    for (long id : new long[] {next, 6 - first - next}) {
      openAgain(id);
    }
    Cluster.get(cluster.member(first).transferLeadership(next));
    openAgain(first);
  }

  /** An election that fails is tried again after the timeout, so the first is held without it. */
  private void openAgain(long id) throws Exception {
    cluster.close(id);
    cluster.open(id, RaftConfig.Start.NEW);
    cluster.awaitLeader();
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void whoSeesTheLeadersProcessGoneElectsAtOnce() throws Exception {
    long old = cluster.awaitLeader();
    Cluster.get(cluster.propose(old, "before"));

    cluster.close(old);

    long next = cluster.awaitLeader();
    assertThat(next).isNotEqualTo(old);
    Cluster.get(cluster.propose(next, "after"));
    cluster.awaitSame("after");
  }

  @Test
  void soItIsWithItsSuccessor() throws Exception {
    for (int round = 0; round < 3; round++) {
      long old = cluster.awaitLeader();
      cluster.close(old);
      long next = cluster.awaitLeader();
      cluster.open(old, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(next, "round" + round));
      cluster.awaitSame("round" + round);
    }
  }

  /** A leader that still holds a majority keeps it, whoever else is gone. */
  @Test
  void aFollowersLossChangesNothing() throws Exception {
    long leader = cluster.awaitLeader();
    long term = cluster.member(leader).status().term();

    cluster.close(cluster.aFollower());

    for (int i = 0; i < 50; i++) {
      Cluster.get(cluster.propose(leader, "still" + i));
    }
    assertThat(cluster.member(leader).status().term()).isEqualTo(term);
  }
}
