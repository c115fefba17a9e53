package dev.rowan.it.quorum;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TextFormat;
import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberListResponse;
import dev.rowan.proto.etcdserverpb.MemberUpdateResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Three members of etcd or of Rowan, and what they answered, with names for ids and addresses: the
 * same of both, if both do the same. The leader at the start is {@code A}. Not thread-safe.
 */
final class Trio implements AutoCloseable {
  private static final int MEMBERS = 3;

  /** For what a cluster does in its own time: elections, catching up. */
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final List<String> NAMES = List.of("A", "B", "C", "D", "E", "F", "G");

  private final Kind kind;
  private final List<Server> servers = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final Map<String, String> names = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /** Of which servers. */
  enum Kind {
    ETCD,
    ROWAN
  }

  /** Starts three. */
  Trio(Kind kind, String... flags) {
    this.kind = kind;
    List<Server> started =
        switch (kind) {
          case ETCD -> Etcd.quorum(MEMBERS, flags);
          case ROWAN -> Rowan.quorum(MEMBERS, flags);
        };
    Server leader = started.stream().filter(Server::leads).findFirst().orElseThrow();
    add(leader);
    started.stream().filter(server -> !server.equals(leader)).forEach(this::add);
    await().atMost(SOON).until(this::membersAreKnownToAll);
    MemberListResponse list = members(0);
    name(list.getHeader().getClusterId(), "cluster");
    for (int i = 0; i < MEMBERS; i++) {
      long id = status(i).getHeader().getMemberId();
      name(id, NAMES.get(i));
      Member member =
          list.getMembersList().stream().filter(one -> one.getID() == id).findAny().orElseThrow();
      names.put(member.getPeerURLs(0), NAMES.get(i) + ":peer");
      names.put("name: \"" + member.getName() + "\"", "name: " + NAMES.get(i));
    }
  }

  private boolean membersAreKnownToAll() {
    return clients.stream()
        .map(client -> client.cluster().memberList(MemberListRequest.getDefaultInstance()))
        .allMatch(list ->
            list.getMembersList().stream().noneMatch(one -> one.getClientURLsList().isEmpty()));
  }

  private int add(Server server) {
    servers.add(server);
    clients.add(server.client());
    names.put("http://127.0.0.1:" + server.port(), NAMES.get(servers.size() - 1) + ":client");
    return servers.size() - 1;
  }

  /** A place for a member that is to be added, under the next name: its peer port. */
  int newPeer() {
    int port = Ports.free();
    names.put(url(port), NAMES.get(servers.size()) + ":peer");
    return port;
  }

  static String url(int port) {
    return "http://127.0.0.1:" + port;
  }

  /** Starts a member that was added; it joins. Returns its number, once it serves. */
  int join(int peerPort, List<Member> members) {
    String own = NAMES.get(servers.size());
    String cluster =
        members.stream()
            .map(one -> (one.getName().isEmpty() ? own : one.getName()) + "=" + one.getPeerURLs(0))
            .collect(Collectors.joining(","));
    Server server =
        switch (kind) {
          case ETCD -> Etcd.member(own, peerPort, cluster, "--initial-cluster-state=existing");
          case ROWAN -> Rowan.member(own, peerPort, cluster, "--initial-cluster-state=existing");
        };
    names.put("name: \"" + own + "\"", "name: " + own);
    int added = add(server);
    var _ = server.process().awaitReady();
    return added;
  }

  Server server(int member) {
    return servers.get(member);
  }

  Client client(int member) {
    return clients.get(member);
  }

  int size() {
    return servers.size();
  }

  StatusResponse status(int member) {
    return client(member).maintenance().status(StatusRequest.getDefaultInstance());
  }

  MemberListResponse members(int member) {
    return client(member)
        .cluster()
        .memberList(MemberListRequest.newBuilder().setLinearizable(true).build());
  }

  /** From now on an id reads as a name. */
  void name(long id, String name) {
    names.put(Long.toUnsignedString(id), name);
  }

  /** Notes down what a call gave, or with which error it failed. */
  <R extends MessageOrBuilder> void note(String what, Supplier<R> call) {
    String answer;
    try {
      answer = text(call.get());
    } catch (StatusRuntimeException e) {
      answer = e.getStatus().getCode() + " " + e.getStatus().getDescription();
    }
    note(what, answer);
  }

  void note(String what, Object answer) {
    notes.add(what + ": " + answer);
  }

  List<String> notes() {
    return notes;
  }

  /** As text, with names; members come in the order of these. */
  String text(MessageOrBuilder answer) {
    String text =
        switch (answer) {
          case MemberListResponse list ->
              print(list.toBuilder().clearMembers()) + members(list.getMembersList());
          case MemberUpdateResponse updated ->
              print(updated.toBuilder().clearMembers()) + members(updated.getMembersList());
          default -> print(answer);
        };
    return text.strip();
  }

  String members(List<Member> members) {
    return members.stream()
        .map(this::print)
        .sorted(Comparator.comparing(one -> one))
        .collect(Collectors.joining("} {", "members {", "}"));
  }

  private String print(MessageOrBuilder message) {
    String text = TextFormat.printer().emittingSingleLine(true).printToString(message);
    for (Map.Entry<String, String> name : names.entrySet()) {
      text = text.replaceAll("(?<!\\d)" + name.getKey() + "(?!\\d)", name.getValue());
    }
    return text.replaceAll("raft_term: \\d+", "raft_term: (term)");
  }

  /** Waits for what a cluster comes to by itself. */
  void until(Callable<Boolean> condition) {
    await().atMost(SOON).until(condition);
  }

  @Override
  public void close() {
    clients.forEach(Client::close);
    servers.forEach(Server::close);
  }
}
