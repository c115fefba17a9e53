package dev.rowan.it.linearizability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Those who do not lead: who watches at them misses nothing, and who was away catches up. */
@EnabledIfSystemProperty(named = "rowan.quorum.all", matches = "true")
final class QuorumFollowersIT {
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  /** A log that is cut so soon doesn't reach back to what was missed. */
  private static final String[] SHORT_LOG = {
    "--snapshot-count=100", "--snapshot-catchup-entries=20"
  };

  /** As the log is dropped by whole files of 8 MiB, some of those. */
  private static final int MISSED = 500;

  private static final String VALUE = "v".repeat(64 << 10);
  private static final String CAUGHT_UP = "took over the store of another member";

  /** The streams stay open while another one than theirs loses its process, and the lead. */
  @Test
  void watchesElsewhereSurviveTheLeadersEnd() {
    try (Quorum quorum = Quorum.ofRowan()) {
      watchWhileTheLeaderEnds(quorum);
    }
  }

  private static void watchWhileTheLeaderEnds(Quorum quorum) {
    int leader = quorum.leader();
    List<Client> clients = quorum.others(leader).stream().map(Instance::client).toList();
    List<WatchSession> watches = clients.stream().map(Client::watch).toList();
    watches.forEach(watch -> watch.create(Requests.watch(Requests.OPEN, Requests.OPEN)));
    List<Long> expected = new ArrayList<>();
    putSome(clients, expected);

    quorum.instance(leader).server().process().kill();
    putSome(clients, expected);
    quorum.instance(leader).server().process().startAgain();
    putSome(clients, expected);

    for (WatchSession watch : watches) {
      assertThat(revisions(watch, expected.getLast()))
          .containsSubsequence(expected)
          .isSorted()
          .doesNotHaveDuplicates();
      watch.close();
    }
    clients.forEach(Client::close);
  }

  private static void putSome(List<Client> clients, List<Long> revisions) {
    for (int i = 0; i < 20; i++) {
      PutRequest put = Requests.put("a", Integer.toString(revisions.size())).build();
      Client client = clients.get(i % clients.size());
      revisions.add(
          await()
              .atMost(WAIT_MAX)
              .ignoreException(StatusRuntimeException.class)
              .until(() -> client.kv().put(put).getHeader().getRevision(), _ -> true));
    }
  }

  /** Of all events until the last; fails if the stream ends. */
  private static List<Long> revisions(WatchSession watch, long last) {
    List<Long> seen = new ArrayList<>();
    while (seen.isEmpty() || seen.getLast() < last) {
      Received<WatchResponse> next = watch.next();
      assertThat(next).isInstanceOf(Received.Response.class);
      if (next instanceof Received.Response<WatchResponse>(WatchResponse response)) {
        assertThat(response.getCanceled()).isFalse();
        response.getEventsList().stream()
            .map(Event::getKv)
            .forEach(kv -> seen.add(kv.getModRevision()));
      }
    }
    return seen;
  }

  @Test
  void memberThatWasAwayTakesOverTheStoreWhileWritesGoOn()
      throws InterruptedException, ExecutionException {
    try (Quorum quorum = Quorum.ofRowan(SHORT_LOG)) {
      int away = quorum.follower();
      ServerProcess process = quorum.instance(away).server().process();
      process.kill();

      catchUp(quorum, away, process::startAgain);
    }
  }

  @Test
  void newMemberTakesOverTheStoreWhileWritesGoOn() throws InterruptedException, ExecutionException {
    try (Quorum quorum = Quorum.ofRowan(SHORT_LOG)) {
      int seat = quorum.follower();

      catchUp(quorum, seat, () -> MemberFaults.replace(quorum, seat));
    }
  }

  /** Somebody misses more than the log has, and comes back while more is written. */
  private static void catchUp(Quorum quorum, int behind, Runnable comeBack)
      throws InterruptedException, ExecutionException {
    try (Client client = quorum.others(behind).getFirst().client()) {
      write(client, MISSED);
      whileWriting(client, comeBack);
    }
    assertThat(quorum.instance(behind).server().process().log().contains(CAUGHT_UP))
        .as(CAUGHT_UP)
        .isTrue();
    assertSame(quorum);
  }

  /** One after the other, so that each is an entry of the log. */
  private static void write(Client client, int puts) {
    for (int i = 0; i < puts; i++) {
      var _ = client.kv().put(Requests.put("k" + i % 50, VALUE).build());
    }
  }

  private static void whileWriting(Client client, Runnable what)
      throws InterruptedException, ExecutionException {
    CountDownLatch done = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> written =
          threads.submit(() -> {
            int count = 0;
            for (; done.getCount() > 0; count++) {
              write(client, 1);
            }
            return count;
          });
      try {
        what.run();
      } finally {
        done.countDown();
      }
      assertThat(written.get()).isPositive();
    }
  }

  private static void assertSame(Quorum quorum) {
    try (Client client = quorum.instance(0).client()) {
      long revision = client.kv().put(Requests.put("end", "").build()).getHeader().getRevision();
      for (Instance instance : quorum.instances()) {
        try (Client other = instance.client()) {
          assertThat(other.kv().range(Requests.get("end").build()).getCount()).isOne();
        }
      }
      assertThat(LastHashes.check(quorum.subject(List.of()), revision)).isEmpty();
    }
  }
}
