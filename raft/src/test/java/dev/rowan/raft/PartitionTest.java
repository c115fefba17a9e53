package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members that reach each other over ways that can be cut. */
class PartitionTest {
  @TempDir Path folder;
  private final Map<Long, TcpProxy> ways = new TreeMap<>();
  private Cluster cluster;

  @BeforeEach
  void open() throws Exception {
    cluster = new Cluster(folder);
    for (long id = 1; id <= 3; id++) {
      InetSocketAddress listen = Cluster.freeAddress();
      TcpProxy way = new TcpProxy(listen);
      ways.put(id, way);
      cluster.name(id, listen, way.address());
    }
    for (long id = 1; id <= 3; id++) {
      cluster.open(id, RaftConfig.Start.NEW);
    }
    cluster.awaitLeader();
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
    for (TcpProxy way : ways.values()) {
      way.close();
    }
  }

  /** Cuts one member off, both ways. */
  private void isolate(long id) throws Exception {
    for (long other = 1; other <= 3; other++) {
      if (other != id) {
        Objects.requireNonNull(ways.get(other)).cut(id);
      }
    }
    Objects.requireNonNull(ways.get(id)).cut(1, 2, 3);
  }

  private void heal() {
    ways.values().forEach(TcpProxy::join);
  }

  private long awaitOtherLeader(long old) {
    await()
        .atMost(Cluster.PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> othersLeader(old) != 0);
    return othersLeader(old);
  }

  private long othersLeader(long old) {
    for (long id = 1; id <= 3; id++) {
      if (id != old && cluster.member(id).status().leader()) {
        return id;
      }
    }
    return 0;
  }

  /** The old one believes that it leads for a while after the others have another leader. */
  @Test
  void aDeposedLeaderAnswersNoRead() throws Exception {
    for (int round = 0; round < 2; round++) {
      long old = cluster.awaitLeader();
      Cluster.get(cluster.propose(old, "before" + round));
      Cluster.get(cluster.member(old).readIndex());
      isolate(old);
      List<CompletableFuture<Long>> reads = new ArrayList<>();
      CompletableFuture<LogPosition> written =
          cluster.propose(awaitOtherLeader(old), "after" + round);
      while (!written.isDone()) {
        Thread.onSpinWait();
      }
      long index = Cluster.get(written).index();
      for (int i = 0; i < 20; i++) {
        reads.add(cluster.member(old).readIndex());
      }
      boolean answered = reads.stream().anyMatch(CompletableFuture::isDone);
      heal();

      assertThat(answered).as("answered while it was cut off").isFalse();
      for (CompletableFuture<Long> read : reads) {
        assertThat(Cluster.get(read)).isGreaterThanOrEqualTo(index);
      }
      cluster.awaitSame("after" + round);
    }
  }

  @Test
  void whatALeaderTookWhileItWasCutOffIsProposedAgainOnceAndInOrder() throws Exception {
    long old = cluster.awaitLeader();
    Cluster.get(cluster.propose(old, "before"));
    isolate(old);
    List<CompletableFuture<LogPosition>> proposed = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      proposed.add(cluster.propose(old, "cut" + i));
      expected.add("cut" + i);
    }
    long next = awaitOtherLeader(old);
    Cluster.get(cluster.propose(next, "meanwhile"));
    heal();
    for (CompletableFuture<LogPosition> future : proposed) {
      Cluster.get(future);
    }
    cluster.awaitSame("cut19");

    assertThat(cluster.ledger(next).texts())
        .filteredOn(text -> text.startsWith("cut"))
        .isEqualTo(expected);
    assertThat(cluster.ledger(next).texts()).startsWith("before", "meanwhile");
  }

  @Test
  void aProposalThatStaysInDoubtIsReportedAsUnknown() throws Exception {
    long old = cluster.awaitLeader();
    Cluster.get(cluster.propose(old, "before"));
    isolate(old);
    CompletableFuture<LogPosition> doubtful = cluster.propose(old, "doubtful");

    assertThatThrownBy(() -> Cluster.get(doubtful))
        .cause()
        .isInstanceOf(RaftException.UnknownOutcome.class);
    heal();
    Cluster.get(cluster.propose(old, "later"));
    cluster.awaitSame("later");
    assertThat(cluster.ledger(old).texts()).doesNotContain("doubtful");
  }

  @Test
  void aFollowersConnectionIsCutAgainAndAgainAndNothingIsLostOrDoubled() throws Exception {
    long follower = cluster.aFollower();
    List<CompletableFuture<LogPosition>> proposed = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 50; i++) {
        String text = round + "-" + i;
        proposed.add(cluster.propose(follower, text));
        expected.add(text);
      }
      Cluster.get(proposed.get(round * 50 + 5));
      for (TcpProxy way : ways.values()) {
        way.cut(follower);
        way.join();
      }
    }
    for (CompletableFuture<LogPosition> future : proposed) {
      Cluster.get(future);
    }

    assertThat(cluster.ledger(follower).texts()).isEqualTo(expected);
    cluster.awaitSame("9-49");
  }
}
