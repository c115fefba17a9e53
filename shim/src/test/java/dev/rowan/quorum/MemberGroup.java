package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.cluster.Identity;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftMember;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Members of a quorum in this process, on loopback, each with its list and its Cluster service. */
final class MemberGroup implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final RaftConfig.Timing QUICK =
      new RaftConfig.Timing(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(5));
  private static final long CLUSTER_ID = 0xC1;

  private final Path folder;
  private final boolean strict;
  private final List<Member> first = new ArrayList<>();
  private final Map<Long, InetSocketAddress> listens = new TreeMap<>();
  private final Map<Long, Running> running = new TreeMap<>();

  /** A member that runs. */
  record Running(
      RaftMember raft,
      Membership membership,
      QuorumMembers members,
      ScheduledThreadPoolExecutor timer,
      Server server,
      ManagedChannel channel)
      implements AutoCloseable {

    ClusterGrpc.ClusterBlockingStub cluster() {
      return ClusterGrpc.newBlockingStub(channel)
          .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      channel.shutdownNow();
      server.shutdownNow();
      timer.shutdownNow();
      raft.close();
    }
  }

  private MemberGroup(Path folder, boolean strict) {
    this.folder = folder;
    this.strict = strict;
  }

  /** Begins a cluster of so many members, with ids from 1, and waits until all told their names. */
  static MemberGroup of(int members, Path folder) throws Exception {
    return of(members, folder, true);
  }

  static MemberGroup of(int members, Path folder, boolean strict) throws Exception {
    MemberGroup group = new MemberGroup(folder, strict);
    for (long id = 1; id <= members; id++) {
      group.listens.put(id, freeAddress());
      group.first.add(
          Member.newBuilder().setId(id).setName("m" + id).addPeerUrls(group.url(id)).build());
    }
    for (long id = 1; id <= members; id++) {
      group.open(id, RaftConfig.Start.NEW);
    }
    group.awaitPublished(members);
    return group;
  }

  private void awaitPublished(int members) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(running.values())
                .allSatisfy(one ->
                    assertThat(one.membership.view().members())
                        .filteredOn(member -> member.getClientUrlsCount() == 1)
                        .hasSize(members)));
  }

  /** Below those ports that the system gives to clients: one of those might be taken meanwhile. */
  static InetSocketAddress freeAddress() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(5_000, 12_000);
      if (isFree(port)) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** Where a member that isn't there yet is going to be. */
  String place(InetSocketAddress address) {
    return "http://" + address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  String url(long id) {
    return place(Objects.requireNonNull(listens.get(id)));
  }

  Running open(long id, InetSocketAddress listen) throws Exception {
    listens.put(id, listen);
    return open(id, RaftConfig.Start.JOIN);
  }

  Running open(long id, RaftConfig.Start start) throws Exception {
    Path home = Files.createDirectories(folder.resolve(Long.toHexString(id)));
    Membership membership =
        new Membership(start == RaftConfig.Start.JOIN ? List.of() : List.copyOf(first));
    Leaders leaders = new Leaders();
    RaftMember raft =
        RaftMember.open(
            config(id, home, start),
            new MemberMachine(membership),
            leaders,
            new PeerExchange(() -> ByteString.EMPTY));
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    QuorumMembers.Options options =
        new QuorumMembers.Options(
            id,
            "m" + id,
            () -> List.of("http://clients:" + Long.toUnsignedString(id)),
            strict,
            1,
            QUICK.election(),
            Duration.ofSeconds(6),
            start == RaftConfig.Start.FORCE_NEW);
    QuorumMembers members =
        new QuorumMembers(options, raft, membership, leaders, this::call, timer);
    members.start((period, task) -> {
      var _ = timer.scheduleWithFixedDelay(task, 0, period.toMillis(), TimeUnit.MILLISECONDS);
    });
    Identity identity = members.identity(CLUSTER_ID);
    String name = InProcessServerBuilder.generateName();
    Server server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(
                members.guard(
                    members
                        .clusterService(identity, read -> whenCurrent(raft, timer, read))
                        .bindService()))
            .build()
            .start();
    Running one =
        new Running(
            raft,
            membership,
            members,
            timer,
            server,
            InProcessChannelBuilder.forName(name).directExecutor().build());
    running.put(id, one);
    return one;
  }

  private static void whenCurrent(
      RaftMember raft, ScheduledThreadPoolExecutor timer, ReadGate.Read read) {
    var _ = raft.readIndex().thenAccept(index -> whenApplied(raft, timer, index, read));
  }

  private static void whenApplied(
      RaftMember raft, ScheduledThreadPoolExecutor timer, long index, ReadGate.Read read) {
    if (raft.status().appliedIndex() >= index) {
      read.run();
    } else {
      var _ = timer.schedule(() -> whenApplied(raft, timer, index, read), 1, TimeUnit.MILLISECONDS);
    }
  }

  private CompletableFuture<ByteString> call(long id, ByteString change, Duration atMost) {
    Running one = running.get(id);
    return one == null
        ? CompletableFuture.failedFuture(new Undelivered(new IOException("it is gone")))
        : one.members.carryOut(change);
  }

  private RaftConfig config(long id, Path home, RaftConfig.Start start) {
    List<Peer> peers =
        first.stream()
            .map(member -> new Peer(member.getId(), address(member.getId()), Peer.Role.VOTER))
            .toList();
    return new RaftConfig(
        CLUSTER_ID,
        id,
        home,
        Objects.requireNonNull(listens.get(id)),
        switch (start) {
          case NEW -> peers;
          case JOIN -> List.of();
          case FORCE_NEW -> peers.stream().filter(peer -> peer.id() == id).toList();
        },
        start,
        QUICK,
        RaftConfig.Limits.DEFAULT,
        null);
  }

  String address(long id) {
    return url(id).substring("http://".length());
  }

  /** It listens elsewhere when it is opened again. */
  void moved(long id, InetSocketAddress listen) {
    listens.put(id, listen);
  }

  Running member(long id) {
    return Objects.requireNonNull(running.get(id));
  }

  void close(long id) {
    Running one = running.remove(id);
    if (one != null) {
      one.close();
    }
  }

  /** Waits until all that run know the same leader, which runs. */
  long awaitLeader() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          long leader = running.values().iterator().next().members.leadership().place().leaderId();
          assertThat(running).containsKey(leader);
          assertThat(running.values())
              .allSatisfy(
                  one -> assertThat(one.members.leadership().place().leaderId()).isEqualTo(leader));
          assertThat(member(leader).members.leadership().leads()).isTrue();
        });
    return running.values().iterator().next().members.leadership().place().leaderId();
  }

  long aFollower() {
    long leader = awaitLeader();
    return running.keySet().stream().filter(id -> id != leader).findFirst().orElseThrow();
  }

  /** Waits until Raft's set has a member, in a role, as that member sees it too. */
  void awaitRole(long id, Peer.Role role) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(running.values())
                .allSatisfy(one ->
                    assertThat(one.raft.peers())
                        .anyMatch(peer -> peer.id() == id && peer.role() == role)));
  }

  @Override
  public void close() {
    List<Thread> closing =
        running.values().stream().map(one -> Thread.ofVirtual().start(one::close)).toList();
    running.clear();
    for (Thread thread : closing) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
