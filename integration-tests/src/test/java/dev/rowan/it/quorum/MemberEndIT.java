package dev.rowan.it.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How a member ends: removed by the others, or stopped. */
final class MemberEndIT {
  /** etcd's words. */
  private static final String REMOVED = "the member has been permanently removed from the cluster";

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static String lastLine(ServerProcess process) {
    String log = process.log().strip();
    return log.substring(log.lastIndexOf('\n') + 1);
  }

  /** As of etcd's: exit status 0 where it is removed, 1 where it is started again. */
  @Test
  void removedFollowerStopsAndIsNotStartedAgain() {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int leader = group.leader();
      int gone = group.follower();
      group.put(gone, "a", "1");

      group.remove(leader, group.id(gone));

      ServerProcess process = group.member(gone).process();
      assertThat(process.awaitExit()).isZero();
      assertThat(process.log()).contains(REMOVED, group.folder(gone).resolve("data").toString());
      group.put(leader, "b", "2");
      assertNotStartedAgain(group, gone);
    }
  }

  @Test
  void removedLeaderStopsAndTheOthersGoOn() {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int gone = group.leader();
      int other = group.follower();
      group.put(other, "a", "1");

      group.remove(other, group.id(gone));

      assertThat(group.member(gone).process().awaitExit()).isZero();
      assertThat(group.member(gone).process().log()).contains(REMOVED);
      group.put(other, "b", "2");
      group.awaitSame();
      assertNotStartedAgain(group, gone);
    }
  }

  @Test
  void memberThatIsRemovedWhileItIsAwayIsNotStartedAgain() {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int gone = group.follower();
      int leader = group.leader();
      long id = group.id(gone);
      group.kill(gone);

      group.remove(leader, id);

      assertNotStartedAgain(group, gone);
      group.put(leader, "b", "2");
    }
  }

  private static void assertNotStartedAgain(QuorumGroup group, int gone) {
    ServerProcess again = group.start(gone);
    assertThat(again.awaitExit()).as(again.log()).isEqualTo(1);
    assertThat(lastLine(again)).contains("fatal", REMOVED, "must be deleted");
  }

  @Test
  void leaderThatIsStoppedHandsOverAndNoWriteIsRefused() throws Exception {
    try (QuorumGroup group = QuorumGroup.started(3);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      int leader = group.leader();
      int other = group.follower();
      StatusResponse before = group.status(other);
      CompletableFuture<Void> begun = new CompletableFuture<>();
      CompletableFuture<Void> enough = new CompletableFuture<>();
      Future<Integer> written =
          threads.submit(() -> {
            try (Client client = group.member(other).client()) {
              int count = 0;
              while (!enough.isDone()) {
                client.kv().put(Requests.put("key", "" + count++).build());
                begun.complete(null);
              }
              return count;
            } finally {
              begun.complete(null);
            }
          });
      begun.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      ServerProcess stopped = group.member(leader).process();
      assertThat(stopped.terminate()).isZero();

      int next = group.leader();
      StatusResponse after = group.status(next);
      enough.complete(null);
      assertThat(written.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isPositive();
      assertThat(stopped.log())
          .contains("handed leadership over", "\"to\":\"" + Long.toHexString(group.id(next)));
      assertThat(after.getRaftTerm()).as("one election").isEqualTo(before.getRaftTerm() + 1);
    }
  }

  @Test
  void onlyMemberStopsWithoutSayingThatItHandsOver() {
    try (QuorumGroup group = QuorumGroup.started(1)) {
      ServerProcess process = group.member(0).process();

      assertThat(process.terminate()).isZero();
      assertThat(process.log()).contains("stopping").doesNotContain("leadership");
    }
  }

  @Test
  void memberThatWaitsForTheOthersCanBeStopped() {
    try (QuorumGroup group = QuorumGroup.of(3)) {
      ServerProcess process = group.start(0);
      Path begun = group.folder(0).resolve("data").resolve("raft").resolve("member");
      await().atMost(PATIENCE).until(() -> Files.exists(begun));

      assertThat(process.terminate()).isZero();
      assertThat(process.log()).contains("stopping").doesNotContain("ready to serve");
    }
  }
}
