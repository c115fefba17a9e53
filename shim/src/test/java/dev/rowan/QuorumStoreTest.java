package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.dialects.Endpoint;
import dev.rowan.grpc.CallTracers;
import dev.rowan.grpc.LocalChannel;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.quorum.Quorum;
import dev.rowan.quorum.QuorumConfig;
import dev.rowan.quorum.QuorumLog;
import dev.rowan.raft.RaftConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three stores, each over its own file, that are one. */
class QuorumStoreTest {

  /** A log that is soon short of what a member that was away has missed. */
  private static final RaftConfig.Limits LIMITS =
      new RaftConfig.Limits(1 << 20, 1000, 8 << 20, 20, 5, 16 << 10);

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;
  private final List<Integer> ports = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();

  private record Member(QuorumLog log, Store store, LocalChannel local) {
    KVGrpc.KVBlockingStub kv() {
      return KVGrpc.newBlockingStub(local.channel());
    }

    long put(String key, String value) {
      return kv().put(
              PutRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8(key))
                  .setValue(ByteString.copyFromUtf8(value))
                  .build())
          .getHeader()
          .getRevision();
    }

    List<String> get(String key) {
      return kv()
          .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build())
          .getKvsList()
          .stream()
          .map(kv -> kv.getValue().toStringUtf8())
          .toList();
    }

    int hash() {
      return MaintenanceGrpc.newBlockingStub(local.channel())
          .hashKV(HashKVRequest.getDefaultInstance())
          .getHash();
    }

    void close() {
      local.close();
      store.close();
    }
  }

  /** Starts them at once: none serves before another runs. */
  private List<Member> open(Integer... ids) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return Stream.of(ids).map(id -> threads.submit(() -> open(id))).toList().stream()
          .map(QuorumStoreTest::opened)
          .toList();
    }
  }

  private static Member opened(Future<Member> member) {
    try {
      return member.get(60, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private Member open(int id) throws Exception {
    String cluster =
        IntStream.rangeClosed(1, 3)
            .mapToObj(i -> "m" + i + "=" + url(i))
            .collect(Collectors.joining(","));
    List<String> flags =
        List.of(
            "--name=m" + id,
            "--data-dir=" + folder.resolve("member" + id),
            "--listen-peer-urls=" + url(id),
            "--initial-advertise-peer-urls=" + url(id),
            "--initial-cluster=" + cluster,
            "--bcrypt-cost=4");
    ServerConfig config = ((Request.Serve) CommandLine.parse(flags, Map.of(), false)).config();
    Quorum quorum =
        Quorum.open(
            withShortLog(Objects.requireNonNull(config.quorum())),
            ((Endpoint.Sqlite) config.endpoint()).file(),
            new CompletableFuture<>());
    Store store =
        new Store(
            quorum.log(),
            quorum,
            config,
            new Metrics("test"),
            new Host(
                List::of,
                () -> Runnable::run,
                defect -> {
                  throw new AssertionError(defect);
                }));
    return new Member(
        quorum.log(),
        store,
        LocalChannel.open(
            new Services(store, config).all(),
            config.limits().messageBytesMax(),
            CallTracers.none(),
            new ForwardedCredentials()));
  }

  private String url(int id) {
    return "http://127.0.0.1:" + ports.get(id - 1);
  }

  private static QuorumConfig withShortLog(QuorumConfig given) {
    return new QuorumConfig(
        given.name(),
        given.members(),
        given.start(),
        given.listen(),
        given.folder(),
        given.timing(),
        LIMITS,
        given.strictReconfig(),
        given.learnersMax(),
        given.tls());
  }

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < 3; i++) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        ports.add(socket.getLocalPort());
      }
    }
    members.addAll(open(1, 2, 3));
  }

  @AfterEach
  void stop() {
    members.forEach(Member::close);
  }

  @Test
  void whatOneMemberAcknowledgedAllOthersRead() {
    for (int i = 0; i < 30; i++) {
      members.get(i % 3).put("k" + i, "v" + i);
      assertThat(members.get((i + 1) % 3).get("k" + i)).containsExactly("v" + i);
    }

    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(members.stream().map(Member::hash).distinct()).hasSize(1));
  }

  private void sameEverywhere() {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(members.stream().map(Member::hash).distinct()).hasSize(1));
  }

  @Test
  void memberThatWasAwayHasMissedNothing() throws Exception {
    members.get(0).put("k", "before");
    members.get(2).close();
    members.get(0).put("k", "meanwhile");

    members.set(2, open(3));

    assertThat(members.get(2).get("k")).containsExactly("meanwhile");
    sameEverywhere();
  }

  @Test
  void memberThatTheLogDoesNotReachTakesAnothersFile() throws Exception {
    members.get(2).close();
    String value = "v".repeat(1000);
    for (int i = 0; i < 200; i++) {
      members.get(i % 2).put("k" + i, value + i);
    }

    members.set(2, open(3));

    assertThat(members.get(2).log().installs()).isPositive();
    assertThat(members.get(2).get("k199")).containsExactly(value + 199);
    assertThat(members.get(2).put("k0", "again")).isEqualTo(202);
    sameEverywhere();
  }

  @Test
  void allMembersGoOnWithWhatWasAcknowledged() throws Exception {
    for (int i = 0; i < 50; i++) {
      members.get(i % 3).put("k", "v" + i);
    }
    members.forEach(Member::close);

    members.clear();
    members.addAll(open(1, 2, 3));

    assertThat(members.get(1).get("k")).containsExactly("v49");
    sameEverywhere();
  }
}
