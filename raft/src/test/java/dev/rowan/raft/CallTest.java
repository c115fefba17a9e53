package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members ask of each other beside the order. */
class CallTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path folder;

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static CompletableFuture<ByteString> call(
      Cluster cluster, long from, long to, String text, Duration atMost) {
    return cluster.member(from).call(to, bytes(text), atMost);
  }

  @Test
  void manyCallsAreAnsweredInAnyOrderAndHandedOverInTheirs() throws Exception {
    record Held(ByteString request, CompletableFuture<ByteString> answer) {}
    try (Cluster cluster = Cluster.of(2, folder)) {
      List<Held> held = Collections.synchronizedList(new ArrayList<>());
      cluster
          .asked(2)
          .answers(request -> {
            Held one = new Held(request, new CompletableFuture<>());
            held.add(one);
            return one.answer();
          });
      List<CompletableFuture<ByteString>> calls = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        calls.add(call(cluster, 1, 2, "call " + i, LONG));
        expected.add("1>2 call " + i);
      }
      await().atMost(Cluster.PATIENCE).until(() -> held.size() == calls.size());
      assertThat(cluster.asked(2).requests()).isEqualTo(expected);
      assertThat(calls).noneMatch(CompletableFuture::isDone);

      for (Held one : held.reversed()) {
        one.answer().complete(one.request());
      }
      for (int i = 0; i < 500; i++) {
        assertThat(Cluster.get(calls.get(i))).isEqualTo(bytes("call " + i));
      }
    }
  }

  @Test
  void anAnswerLargerThanAFrameArrivesWhole() throws Exception {
    try (Cluster cluster = Cluster.of(2, folder)) {
      byte[] large = new byte[21 << 20];
      new java.util.Random(5).nextBytes(large);
      ByteString answer = ByteString.copyFrom(large);
      cluster.asked(1).answers(request -> CompletableFuture.completedFuture(answer));

      CompletableFuture<ByteString> one = call(cluster, 2, 1, "one", LONG);
      CompletableFuture<ByteString> other = call(cluster, 2, 1, "other", LONG);

      assertThat(Cluster.get(one).equals(answer)).isTrue();
      assertThat(Cluster.get(other).equals(answer)).isTrue();
    }
  }

  @Test
  void aRequestLargerThanAnEntryAndOneOfItselfAreDefects() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      int max = RaftConfig.Limits.DEFAULT.entryBytesMax();
      ByteString larger = ByteString.copyFrom(new byte[max + 1]);

      assertThatThrownBy(() -> cluster.member(1).call(2, larger, LONG))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> call(cluster, 1, 1, "me", LONG))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatFailsThereHasAnUnknownOutcome() throws Exception {
    try (Cluster cluster = Cluster.of(2, folder)) {
      cluster
          .asked(2)
          .answers(request -> {
            throw new IllegalStateException("as told");
          });

      assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 2, "one", LONG)))
          .cause()
          .isInstanceOf(RaftException.UnknownOutcome.class)
          .hasMessageContaining("as told");
      cluster
          .asked(2)
          .answers(request -> CompletableFuture.failedFuture(new IllegalStateException("later")));
      assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 2, "two", LONG)))
          .cause()
          .isInstanceOf(RaftException.UnknownOutcome.class)
          .hasMessageContaining("later");
    }
  }

  @Test
  void whatIsNotAnsweredInTimeHasAnUnknownOutcome() throws Exception {
    try (Cluster cluster = Cluster.of(2, folder)) {
      cluster.asked(2).answers(request -> new CompletableFuture<>());

      assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 2, "one", SHORT)))
          .cause()
          .isInstanceOf(RaftException.UnknownOutcome.class);
      assertThat(cluster.asked(2).requests()).containsExactly("1>2 one");
    }
  }

  @Test
  void aMemberThatIsDownOrUnknownIsNotCalled() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      Cluster.get(call(cluster, 1, 3, "there", LONG));
      cluster.close(3);

      for (long to : new long[] {3, 7}) {
        await()
            .atMost(Cluster.PATIENCE)
            .untilAsserted(() ->
                assertThatThrownBy(() -> Cluster.get(call(cluster, 1, to, "gone", LONG)))
                    .cause()
                    .isInstanceOf(RaftException.NotSent.class));
      }
      cluster.open(3, RaftConfig.Start.NEW);
      await()
          .atMost(Cluster.PATIENCE)
          .ignoreExceptions()
          .until(() -> Cluster.get(call(cluster, 1, 3, "back", LONG)).equals(bytes("back")));
      assertThat(cluster.asked(3).requests()).containsExactly("1>3 there", "1>3 back");
    }
  }

  /** Something listens at the other's address that never says that it is the other. */
  @Test
  void withoutTheOthersGreetingACallIsNeverSent() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Cluster cluster = new Cluster(folder)) {
      for (long id = 1; id <= 2; id++) {
        cluster.name(id, Cluster.freeAddress());
      }
      InetSocketAddress at =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), mute.getLocalPort());
      cluster.name(3, Cluster.freeAddress(), at);
      cluster.open(1, RaftConfig.Start.NEW);
      cluster.open(2, RaftConfig.Start.NEW);
      cluster.awaitLeader();

      assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 3, "one", SHORT)))
          .cause()
          .isInstanceOf(RaftException.NotSent.class);
    }
  }

  @Test
  void aCutLeavesWhatWasSentUnknownAndWhatComesAfterItUnsent() throws Exception {
    InetSocketAddress listen = Cluster.freeAddress();
    try (TcpProxy way = new TcpProxy(listen);
        Cluster cluster = new Cluster(folder)) {
      cluster.name(1, Cluster.freeAddress());
      cluster.name(2, listen, way.address());
      cluster.name(3, Cluster.freeAddress());
      for (long id = 1; id <= 3; id++) {
        cluster.open(id, RaftConfig.Start.NEW);
      }
      cluster.awaitLeader();
      ConcurrentLinkedQueue<CompletableFuture<ByteString>> late = new ConcurrentLinkedQueue<>();
      cluster
          .asked(2)
          .answers(request -> {
            CompletableFuture<ByteString> answer = new CompletableFuture<>();
            late.add(answer);
            return answer;
          });
      List<CompletableFuture<ByteString>> sent = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        sent.add(call(cluster, 1, 2, "sent" + i, LONG));
      }
      await().atMost(Cluster.PATIENCE).until(() -> late.size() == sent.size());
      way.cut(1);

      for (CompletableFuture<ByteString> one : sent) {
        assertThatThrownBy(() -> Cluster.get(one))
            .cause()
            .isInstanceOf(RaftException.UnknownOutcome.class);
      }
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 2, "after", LONG)))
            .cause()
            .isInstanceOf(RaftException.NotSent.class);
      }
      late.forEach(answer -> answer.complete(ByteString.EMPTY));
      cluster.asked(2).answers(CompletableFuture::completedFuture);
      way.join();
      await()
          .atMost(Cluster.PATIENCE)
          .ignoreExceptions()
          .until(() -> Cluster.get(call(cluster, 1, 2, "joined", LONG)).equals(bytes("joined")));
      assertThat(cluster.asked(2).requests()).hasSize(101).doesNotContain("1>2 after");
    }
  }

  @Test
  void moreThanMayBeOpenIsRefused() throws Exception {
    RaftConfig.Limits d = RaftConfig.Limits.DEFAULT;
    RaftConfig.Limits few =
        new RaftConfig.Limits(
            1_000, 10, 2_000, d.snapshotEntries(), d.catchUpEntries(), d.segmentBytes());
    try (Cluster cluster = new Cluster(folder, few, null).begin(2)) {
      ConcurrentLinkedQueue<CompletableFuture<ByteString>> held = new ConcurrentLinkedQueue<>();
      cluster
          .asked(2)
          .answers(request -> {
            CompletableFuture<ByteString> answer = new CompletableFuture<>();
            held.add(answer);
            return answer;
          });
      List<CompletableFuture<ByteString>> open = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        open.add(call(cluster, 1, 2, "one", LONG));
      }
      assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 2, "one more", LONG)))
          .cause()
          .isInstanceOf(RaftException.Busy.class);
      await().atMost(Cluster.PATIENCE).until(() -> held.size() == open.size());
      held.forEach(answer -> answer.complete(ByteString.EMPTY));
      for (CompletableFuture<ByteString> one : open) {
        Cluster.get(one);
      }
      held.clear();

      var first = call(cluster, 1, 2, "x".repeat(1_000), LONG);
      var second = call(cluster, 1, 2, "x".repeat(1_000), LONG);
      assertThatThrownBy(() -> Cluster.get(call(cluster, 1, 2, "x", LONG)))
          .cause()
          .isInstanceOf(RaftException.Busy.class);
      await().atMost(Cluster.PATIENCE).until(() -> held.size() == 2);
      held.forEach(answer -> answer.complete(ByteString.EMPTY));
      Cluster.get(first);
      Cluster.get(second);
    }
  }

  /** The order needs both of the members that are left. */
  @Test
  void applicationsThatWaitHoldUpNoEntries() throws Exception {
    try (Cluster cluster = Cluster.of(3, folder)) {
      cluster.close(cluster.aFollower());
      long leader = cluster.awaitLeader();
      long follower = cluster.aFollower();
      CountDownLatch over = new CountDownLatch(1);
      for (long id : new long[] {leader, follower}) {
        cluster
            .asked(id)
            .answers(request -> {
              try {
                over.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return CompletableFuture.completedFuture(request);
            });
      }
      List<CompletableFuture<ByteString>> calls = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        calls.add(call(cluster, leader, follower, "down", LONG));
        calls.add(call(cluster, follower, leader, "up", LONG));
      }
      await()
          .atMost(Cluster.PATIENCE)
          .until(() ->
              !cluster.asked(leader).requests().isEmpty()
                  && !cluster.asked(follower).requests().isEmpty());

      Cluster.get(cluster.propose(follower, "meanwhile"));
      Cluster.get(cluster.member(follower).readIndex());
      assertThat(calls).noneMatch(CompletableFuture::isDone);
      over.countDown();
      for (CompletableFuture<ByteString> one : calls) {
        Cluster.get(one);
      }
    }
  }

  @Test
  void aClosedMemberCallsNobody() throws Exception {
    try (Cluster cluster = Cluster.of(2, folder)) {
      cluster.asked(2).answers(request -> new CompletableFuture<>());
      RaftMember member = cluster.member(1);
      CompletableFuture<ByteString> open = call(cluster, 1, 2, "open", LONG);
      await().atMost(Cluster.PATIENCE).until(() -> cluster.asked(2).requests().size() == 1);
      cluster.close(1);

      assertThatThrownBy(() -> Cluster.get(open))
          .cause()
          .isInstanceOf(RaftException.UnknownOutcome.class);
      assertThatThrownBy(() -> Cluster.get(member.call(2, ByteString.EMPTY, LONG)))
          .cause()
          .isInstanceOf(RaftException.Stopped.class);
    }
  }
}
