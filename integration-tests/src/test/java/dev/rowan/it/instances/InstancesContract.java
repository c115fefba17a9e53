package dev.rowan.it.instances;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.clients.Program;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.Event.EventType;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three equal instances over one database: who is there, who leads, and that nothing shows it. */
abstract class InstancesContract {
  private static final int COUNT = 3;

  /** An instance counts as living for ten seconds; the rest is for a busy machine. */
  private static final Duration GONE_MAX = Duration.ofSeconds(40);

  private static final int PUTS = 50;

  /** Each may take some seconds. */
  private static final int FAILED_MAX = 20;

  private final List<Server> servers = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();

  /** An empty database's endpoint. */
  abstract String newDatabase();

  /** Starts an instance over it. */
  abstract Server start(String endpoint);

  @BeforeEach
  void startAll() {
    String endpoint = newDatabase();
    for (int i = 0; i < COUNT; i++) {
      Server server = start(endpoint);
      servers.add(server);
      clients.add(server.client());
    }
  }

  @AfterEach
  void stopAll() {
    clients.forEach(Client::close);
    servers.forEach(Server::close);
  }

  /** CL-2: whoever is asked, and however lately the others began. */
  @Test
  void linearizableListIsOfAllThatLiveNow() {
    MemberListRequest request = MemberListRequest.newBuilder().setLinearizable(true).build();
    for (Client client : clients) {
      assertThat(client.cluster().memberList(request).getMembersList())
          .flatExtracting(Member::getClientURLsList)
          .containsExactlyInAnyOrderElementsOf(expectedUrls());
    }
  }

  @Test
  void membersAreTheLivingOnesAndOneLeads() {
    for (Client client : clients) {
      await().atMost(GONE_MAX).until(() -> urls(client).size() == COUNT);
      assertThat(urls(client)).containsExactlyInAnyOrderElementsOf(expectedUrls());
      assertThat(members(client)).extracting(Member::getName).containsOnly("default");
      assertThat(members(client))
          .extracting(Member::getID)
          .isSortedAccordingTo(Long::compareUnsigned)
          .doesNotHaveDuplicates();
      assertThat(leader(client)).isEqualTo(leader(clients.getFirst()));
    }
    assertThat(leader(clients.getFirst())).isEqualTo(memberId(clients.getFirst()));
    assertThatThrownBy(() -> moveLeader(clients.get(1), memberId(clients.get(1))))
        .hasMessage("FAILED_PRECONDITION: etcdserver: not leader");

    servers.getFirst().process().kill();
    Client second = clients.get(1);
    await().atMost(GONE_MAX).until(() -> urls(second).size() == COUNT - 1);
    assertThat(leader(second)).isEqualTo(memberId(second));
    moveLeader(second, memberId(second));

    assertThat(servers.get(1).process().terminate()).isZero();
    Client last = clients.get(2);
    await().atMost(GONE_MAX).until(() -> urls(last).equals(List.of(expectedUrls().get(2))));
    assertThat(leader(last)).isEqualTo(memberId(last));
  }

  /** L-8: the time of a lease doesn't run short because the instance that ends leases has died. */
  @Test
  void leaseEndsOnceAndNotEarlyWhenTheInstanceThatLedHasDied() {
    Client second = clients.get(1);
    long ttlSeconds = 5;
    long lease =
        clients
            .getFirst()
            .lease()
            .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).build())
            .getID();
    long granted = System.nanoTime();
    clients.getFirst().kv().put(Requests.put("k", "v").setLease(lease).build());
    try (WatchSession watch = clients.get(2).watch()) {
      watch.create(Requests.watch("k").setStartRevision(1));
      servers.getFirst().process().kill();
      List<Event> events = new ArrayList<>();
      while (events.size() < 2) {
        events.addAll(response(watch).getEventsList());
      }
      Duration lived = Duration.ofNanos(System.nanoTime() - granted);

      assertThat(events)
          .extracting(Event::getType)
          .containsExactly(EventType.PUT, EventType.DELETE);
      assertThat(lived).isGreaterThanOrEqualTo(Duration.ofSeconds(ttlSeconds));
      assertThat(
              second
                  .lease()
                  .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(lease).build())
                  .getTTL())
          .isEqualTo(-1);
      assertThat(watch.poll(Duration.ofSeconds(1))).isEmpty();
    }
  }

  /** KV-61 at an instance that leaves pruning to another. */
  @Test
  void physicalCompactionIsAnsweredByWhoeverIsAsked() {
    Client last = clients.get(2);
    await().atMost(GONE_MAX).until(() -> urls(last).size() == COUNT);
    for (int i = 0; i < 100; i++) {
      clients.get(i % COUNT).kv().put(Requests.put("k", "v" + i).build());
    }
    long revision = last.kv().range(Requests.get("k").build()).getHeader().getRevision();
    last.kv()
        .compact(CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());

    for (Client client : clients) {
      assertThat(client.kv().range(Requests.get("k").build()).getKvs(0).getVersion())
          .isEqualTo(100);
      assertThatThrownBy(
              () -> client.kv().range(Requests.get("k").setRevision(revision - 1).build()))
          .hasMessageContaining("required revision has been compacted");
    }
  }

  /** MemberList names the living, so that etcd's client needs to be told of one of them only. */
  @Test
  void goClientThatKnowsOneFindsAllAndGoesOnWithWhoIsLeft() throws IOException {
    Process client =
        Program.start(
            GoProgram.SYNCCHECK,
            List.of(
                "-endpoint=127.0.0.1:" + servers.getFirst().port(), "-members=" + servers.size()));
    try (BufferedReader lines = client.inputReader()) {
      String found = lines.readLine();
      assertThat(found).startsWith("found ");
      assertThat(found.substring("found ".length()).split(" "))
          .containsExactlyInAnyOrderElementsOf(expectedUrls());
      awaitPuts(lines);

      servers.get(0).process().kill();
      servers.get(1).process().kill();
      while (lines.ready()) {
        lines.readLine();
      }

      awaitPuts(lines);
      client.getOutputStream().close();
      assertThat(client.onExit().join().exitValue()).isZero();
    } finally {
      client.destroyForcibly();
    }
  }

  /** Until many succeed one after the other; what was under way may fail, and no more. */
  private static void awaitPuts(BufferedReader lines) throws IOException {
    int inARow = 0;
    int failed = 0;
    while (inARow < PUTS) {
      String line = lines.readLine();
      boolean done = line.equals("put");
      inARow = done ? inARow + 1 : 0;
      failed += done ? 0 : 1;
      assertThat(failed).as(line).isLessThan(FAILED_MAX);
    }
  }

  private List<String> expectedUrls() {
    return servers.stream().map(server -> "http://127.0.0.1:" + server.port()).toList();
  }

  private static List<Member> members(Client client) {
    return client.cluster().memberList(MemberListRequest.getDefaultInstance()).getMembersList();
  }

  private static List<String> urls(Client client) {
    return members(client).stream().flatMap(m -> m.getClientURLsList().stream()).toList();
  }

  private static long leader(Client client) {
    return client.maintenance().status(StatusRequest.getDefaultInstance()).getLeader();
  }

  private static long memberId(Client client) {
    return client
        .maintenance()
        .status(StatusRequest.getDefaultInstance())
        .getHeader()
        .getMemberId();
  }

  private static void moveLeader(Client client, long target) {
    var _ =
        client.maintenance().moveLeader(MoveLeaderRequest.newBuilder().setTargetID(target).build());
  }

  private static WatchResponse response(WatchSession watch) {
    if (watch.next() instanceof Received.Response<WatchResponse>(WatchResponse response)) {
      return response;
    }
    throw new AssertionError("the stream ended");
  }
}
