package dev.rowan.it.quorum;

import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The members of one quorum as processes, and what an operator does to them. A member keeps its
 * number, name, ports and folder over its starts. Not thread-safe.
 */
public final class QuorumGroup implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<Integer> peerPorts = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private final List<Path> folders = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final int first;

  private QuorumGroup(int first) {
    this.first = first;
    for (int i = 0; i < first; i++) {
      place();
    }
  }

  /** Places for so many members, of which none runs. */
  public static QuorumGroup of(int members) {
    return new QuorumGroup(members);
  }

  /** So many members, which serve. */
  public static QuorumGroup started(int members) {
    QuorumGroup group = of(members);
    group.startAll();
    return group;
  }

  /** Starts all, and returns when they serve. */
  public void startAll() {
    for (int i = 0; i < first; i++) {
      start(i);
    }
    servers.forEach(server -> server.process().awaitReady());
  }

  private int place() {
    int place = folders.size();
    peerPorts.add(Ports.free());
    ports.add(Ports.free());
    folders.add(Server.newFolder("rowan-member"));
    return place;
  }

  /** Where a member's data and log are: the data in the folder {@code data}. */
  public Path folder(int i) {
    return folders.get(i);
  }

  /** What all of the first members are told. */
  public List<String> flags(int i) {
    return List.of(
        "--name=m" + i,
        "--initial-advertise-peer-urls=" + peerUrl(i),
        "--initial-cluster=" + cluster(first));
  }

  private String cluster(int members) {
    return IntStream.range(0, members)
        .mapToObj(i -> "m" + i + "=" + peerUrl(i))
        .collect(Collectors.joining(","));
  }

  private String peerUrl(int i) {
    return "http://127.0.0.1:" + peerPorts.get(i);
  }

  /** Starts a member; returns at once. */
  public ServerProcess start(int i, String... more) {
    List<String> flags = new ArrayList<>(flags(i));
    flags.add("--listen-peer-urls=" + peerUrl(i));
    flags.addAll(List.of(more));
    Server started = Rowan.member(folders.get(i), ports.get(i), flags.toArray(String[]::new));
    if (i < servers.size()) {
      servers.set(i, started);
    } else {
      servers.add(started);
    }
    return started.process();
  }

  /** A member that was started, with its newest process. */
  public Server member(int i) {
    return servers.get(i);
  }

  /** Kills a member. */
  public void kill(int i) {
    servers.get(i).process().kill();
  }

  /** What a member says of itself and its quorum. */
  public StatusResponse status(int i) {
    try (Client client = servers.get(i).client()) {
      return client.maintenance().status(StatusRequest.getDefaultInstance());
    }
  }

  /** A member's id. */
  public long id(int i) {
    return status(i).getHeader().getMemberId();
  }

  /** Who leads, as soon as one of those that run does. */
  public int leader() {
    int[] leader = new int[1];
    await()
        .atMost(PATIENCE)
        .ignoreException(StatusRuntimeException.class)
        .until(() -> {
          for (int i : running()) {
            StatusResponse status = status(i);
            if (status.getLeader() == status.getHeader().getMemberId()) {
              leader[0] = i;
              return true;
            }
          }
          return false;
        });
    return leader[0];
  }

  /** One of those that run and don't lead. */
  public int follower() {
    int leader = leader();
    return running().stream().filter(i -> i != leader).findFirst().orElseThrow();
  }

  private List<Integer> running() {
    return IntStream.range(0, servers.size())
        .filter(i -> servers.get(i).process().isAlive())
        .boxed()
        .toList();
  }

  /** Writes at a member, trying until it is done. */
  public void put(int i, String key, String value) {
    try (Client client = servers.get(i).client()) {
      await()
          .atMost(PATIENCE)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> client.kv().put(Requests.put(key, value).build()).hasHeader());
    }
  }

  /** Removes a member of another, trying until that is healthy enough. */
  public void remove(int at, long memberId) {
    try (Client client = servers.get(at).client()) {
      await()
          .atMost(PATIENCE)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> {
            client.cluster().memberRemove(MemberRemoveRequest.newBuilder().setID(memberId).build());
            return true;
          });
    }
  }

  /** Adds a member by another, and starts it to join; returns its number when it serves. */
  public int join(int at) {
    int place = place();
    add(at, place);
    return place;
  }

  /** Adds a member at the place of one that was removed, whose data is gone. */
  public void joinAgain(int at, int place) {
    add(at, place);
  }

  private void add(int at, int place) {
    String cluster;
    try (Client client = servers.get(at).client()) {
      await()
          .atMost(PATIENCE)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> {
            client
                .cluster()
                .memberAdd(MemberAddRequest.newBuilder().addPeerURLs(peerUrl(place)).build());
            return true;
          });
      cluster =
          client
              .cluster()
              .memberList(MemberListRequest.getDefaultInstance())
              .getMembersList()
              .stream()
              .map(member -> nameOf(member, place) + "=" + member.getPeerURLs(0))
              .collect(Collectors.joining(","));
    }
    start(place, "--initial-cluster=" + cluster, "--initial-cluster-state=existing").awaitReady();
  }

  private static String nameOf(Member member, int place) {
    return member.getName().isEmpty() ? "m" + place : member.getName();
  }

  /** Waits until all that run hold the same, up to the revision that one has now. */
  public void awaitSame() {
    long revision = status(leader()).getHeader().getRevision();
    await()
        .atMost(PATIENCE)
        .ignoreException(StatusRuntimeException.class)
        .until(() -> running().stream().map(i -> hash(i, revision)).distinct().count() == 1);
  }

  /** The hash of all that a member holds up to a revision, with what it is compacted to. */
  private String hash(int i, long revision) {
    try (Client client = servers.get(i).client()) {
      HashKVResponse hash =
          client.maintenance().hashKV(HashKVRequest.newBuilder().setRevision(revision).build());
      return hash.getHash() + " " + hash.getCompactRevision() + " " + hash.getHashRevision();
    }
  }

  @Override
  public void close() {
    servers.forEach(Server::close);
  }
}
