package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members that a leader's silence would tell much later that it is gone. An early election may be
 * lost, as any other, on machines that have no time for it: then there is the ordinary one.
 */
class LeaderLossTest {
  private static final RaftConfig.Timing PATIENT =
      new RaftConfig.Timing(Duration.ofMillis(100), Duration.ofSeconds(10), Duration.ofSeconds(5));
  private static final Duration ORDINARY_ELECTIONS = Duration.ofSeconds(90);

  @TempDir Path folder;
  private Cluster cluster;

  @BeforeEach
  void open() throws Exception {
    cluster = new Cluster(folder).begin(3);
    cluster.timing(PATIENT).patience(ORDINARY_ELECTIONS);
    long first = cluster.awaitLeader();
    long next = cluster.aFollower();
    for (long id : new long[] {next, 6 - first - next}) {
      openAgain(id);
    }
    Cluster.get(cluster.member(first).transferLeadership(next));
    openAgain(first);
  }

  /** One after the other, so that a leader elected with quick timing goes on until the last. */
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
    long before = earlyElections(old);

    cluster.close(old);

    long next = cluster.awaitLeader();
    assertThat(next).isNotEqualTo(old);
    assertThat(earlyElections(old)).isGreaterThan(before);
    Cluster.get(cluster.propose(next, "after"));
    cluster.awaitSame("after");
  }

  @Test
  void soItIsWithItsSuccessor() throws Exception {
    for (int round = 0; round < 3; round++) {
      long old = cluster.awaitLeader();
      long before = earlyElections(old);
      cluster.close(old);
      long next = cluster.awaitLeader();
      assertThat(earlyElections(old)).isGreaterThan(before);
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
    long follower = cluster.aFollower();
    long before = earlyElections(follower);

    cluster.close(follower);

    for (int i = 0; i < 50; i++) {
      Cluster.get(cluster.propose(leader, "still" + i));
    }
    assertThat(cluster.member(leader).status().term()).isEqualTo(term);
    assertThat(earlyElections(follower)).isEqualTo(before);
  }

  /** Of the open members but one. */
  private long earlyElections(long without) {
    return cluster.open().stream()
        .filter(id -> id != without)
        .mapToLong(id -> cluster.member(id).measures().earlyElections())
        .sum();
  }
}
