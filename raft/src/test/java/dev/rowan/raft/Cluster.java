package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Members in this process, on loopback, each with a ledger; ids from 1. */
final class Cluster implements AutoCloseable {
  static final long ID = 0xC1L;
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final RaftConfig.Timing QUICK =
      new RaftConfig.Timing(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(5));

  private final Path folder;
  private final RaftConfig.Limits limits;
  private RaftConfig.Timing timing = QUICK;
  private Duration patience = PATIENCE;
  private final @Nullable PeerTls tls;
  private final List<Peer> first = new ArrayList<>();
  private final Map<Long, InetSocketAddress> listens = new TreeMap<>();
  private final Map<Long, RaftMember> members = new TreeMap<>();
  private final Map<Long, Ledger> ledgers = new TreeMap<>();
  private final Map<Long, Asked> asked = new ConcurrentHashMap<>();

  Cluster(Path folder) {
    this(folder, RaftConfig.Limits.DEFAULT, null);
  }

  Cluster(Path folder, RaftConfig.Limits limits, @Nullable PeerTls tls) {
    this.folder = folder;
    this.limits = limits;
    this.tls = tls;
  }

  /** Opens the first members. */
  static Cluster of(int members, Path folder) throws Exception {
    return new Cluster(folder).begin(members);
  }

  Cluster begin(int count) throws Exception {
    for (long id = 1; id <= count; id++) {
      name(id, freeAddress());
    }
    for (long id = 1; id <= count; id++) {
      open(id, RaftConfig.Start.NEW);
    }
    awaitLeader();
    return this;
  }

  /** For members that are opened from now on. */
  Cluster timing(RaftConfig.Timing other) {
    timing = other;
    return this;
  }

  /** How long to wait for a leader from now on. */
  void patience(Duration other) {
    patience = other;
  }

  /** Sets where a first member listens and is reached. */
  void name(long id, InetSocketAddress address) {
    name(id, address, address);
  }

  void name(long id, InetSocketAddress listen, InetSocketAddress reached) {
    listens.put(id, listen);
    first.add(new Peer(id, text(reached), Peer.Role.VOTER));
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

  static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  Path folder(long id) {
    return folder.resolve("m" + id);
  }

  RaftConfig config(long id, RaftConfig.Start start) {
    InetSocketAddress listen = listens.computeIfAbsent(id, unknown -> freeAddress());
    List<Peer> peers = start == RaftConfig.Start.JOIN ? List.of() : first;
    return new RaftConfig(ID, id, folder(id), listen, peers, start, timing, limits, tls);
  }

  RaftMember open(long id, RaftConfig.Start start) throws Exception {
    return open(id, start, ledger -> {});
  }

  /** Opens a member whose ledger was told something before. */
  RaftMember open(long id, RaftConfig.Start start, Consumer<Ledger> told) throws Exception {
    RaftConfig config = config(id, start);
    java.nio.file.Files.createDirectories(folder(id));
    Ledger ledger = new Ledger(folder(id).resolve("ledger"));
    told.accept(ledger);
    RaftMember member = RaftMember.open(config, ledger, (term, leader) -> {}, asked(id));
    members.put(id, member);
    ledgers.put(id, ledger);
    return member;
  }

  void close(long id) {
    RaftMember member = members.remove(id);
    if (member != null) {
      member.close();
    }
  }

  RaftMember member(long id) {
    return java.util.Objects.requireNonNull(members.get(id));
  }

  Ledger ledger(long id) {
    return java.util.Objects.requireNonNull(ledgers.get(id));
  }

  /** What answers the calls of the others there; the same before and after a restart. */
  Asked asked(long id) {
    return asked.computeIfAbsent(id, Asked::new);
  }

  String address(long id) {
    return text(java.util.Objects.requireNonNull(listens.get(id)));
  }

  java.util.Set<Long> open() {
    return members.keySet();
  }

  /** Waits until all open members know the same open leader. */
  long awaitLeader() {
    await()
        .atMost(patience)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> {
          long leader = members.values().iterator().next().status().leaderId();
          assertThat(members).containsKey(leader);
          assertThat(members.values())
              .allSatisfy(m -> assertThat(m.status().leaderId()).isEqualTo(leader));
          assertThat(member(leader).status().leader()).isTrue();
        });
    return members.values().iterator().next().status().leaderId();
  }

  long aFollower() {
    long leader = awaitLeader();
    return members.keySet().stream().filter(id -> id != leader).findFirst().orElseThrow();
  }

  CompletableFuture<LogPosition> propose(long id, String text) {
    return member(id).propose(ByteString.copyFromUtf8(text));
  }

  static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Waits until all open members have applied the same, in which the text is. */
  void awaitSame(String text) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> {
          List<String> some = ledger(members.keySet().iterator().next()).texts();
          assertThat(some).contains(text);
          for (long id : members.keySet()) {
            assertThat(ledger(id).texts()).as("member %s", id).isEqualTo(some);
          }
        });
  }

  /** All at once: each waits up to a second for a thread of Ratis. */
  @Override
  public void close() {
    List<Thread> closing =
        members.values().stream().map(member -> Thread.ofVirtual().start(member::close)).toList();
    members.clear();
    for (Thread thread : closing) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
