package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.LeaseSession;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Of three instances under load one stands still (SIGSTOP) for longer than anything that it holds
 * may be held, and for longer than it counts as living; then it goes on.
 */
abstract class LongPauseContract {
  /** {@code -Drowan.pause.seconds=60} for longer. */
  private static final Duration PAUSE =
      Duration.ofSeconds(Integer.getInteger("rowan.pause.seconds", 12));

  /** How soon the others are served again, whatever the one that stands still has hold of. */
  private static final Duration OTHERS_WAIT_MAX = Duration.ofSeconds(5);

  private static final Duration RENEW_PERIOD = Duration.ofSeconds(1);
  private static final long TTL_SECONDS = 5;
  private static final long KEPT = 7;
  private static final long LEFT_ALONE = 8;
  private static final int ATTEMPTS = 100;

  private long renewed = System.nanoTime();

  /** An empty database's endpoint. */
  abstract String newDatabase();

  /** Whether an instance that stands still holds what others wait for, in this database. */
  abstract boolean holdsSomething(String endpoint);

  /** It comes back with a lease that ended long ago, as far as it knows. */
  @Test
  void othersGoOnAndItComesBackAsIfNothingHadBeen() {
    String endpoint = newDatabase();
    try (Scene scene = Scene.open(Rowan.over(endpoint));
        Server third = Rowan.over(endpoint);
        Server paused = Rowan.over(endpoint);
        Follower onPaused = Follower.from(paused, 2);
        Client client = scene.server().client();
        LeaseSession keeper = client.keepAlive();
        Pulse pulse = new Pulse()) {
      List<Write> others = new ArrayList<>();
      List<Write> writes = new ArrayList<>();
      try (Load first = Load.throughFailures(scene.server(), scene.random());
          Load second = Load.throughFailures(third, scene.random());
          Load load = Load.throughFailures(paused, scene.random())) {
        List.of(first, second, load).forEach(Load::awaitEachAcknowledged);
        grant(paused, KEPT);
        long stopped = pauseWhileItHoldsSomething(paused, keeper, endpoint);
        try {
          first.awaitEachAcknowledged();
          second.awaitEachAcknowledged();
          assertThat(since(stopped)).isLessThan(OTHERS_WAIT_MAX.plus(pulse.longestPause()));
          grant(third, LEFT_ALONE);
          keepAlive(keeper, stopped);
        } finally {
          paused.process().resume();
        }
        List.of(first, second, load).forEach(Load::awaitEachAcknowledged);
        others.addAll(first.stop());
        others.addAll(second.stop());
        writes.addAll(load.stop());
      }
      assertThat(others)
          .as("the others never waited in vain")
          .noneMatch(write -> write.outcome() instanceof Write.Unknown);
      renew(keeper);
      writes.addAll(others);
      scene.check(writes);
      scene.checkWhole();
      onPaused.awaitRevision(scene.revision());
      for (Server server : List.of(paused, third, scene.server())) {
        assertThat(timeToLive(server, LEFT_ALONE)).isEqualTo(-1);
      }
    }
  }

  /** Returns when it was stopped. */
  private long pauseWhileItHoldsSomething(Server paused, LeaseSession keeper, String endpoint) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      renew(keeper);
      paused.process().suspend();
      long stopped = System.nanoTime();
      if (holdsSomething(endpoint)) {
        return stopped;
      }
      paused.process().resume();
    }
    throw new AssertionError("it never held anything in " + ATTEMPTS + " attempts");
  }

  private void keepAlive(LeaseSession keeper, long stopped) {
    await()
        .atMost(PAUSE.multipliedBy(2))
        .pollInterval(RENEW_PERIOD)
        .until(() -> {
          renew(keeper);
          return since(stopped).compareTo(PAUSE) >= 0;
        });
  }

  /** L-4: a lease that is gone is answered with no time to live. */
  private void renew(LeaseSession keeper) {
    keeper.renew(KEPT);
    if (keeper.next()
        instanceof Received.Response<LeaseKeepAliveResponse>(LeaseKeepAliveResponse response)) {
      assertThat(response.getTTL())
          .as("%s after the renewal before", since(renewed))
          .isEqualTo(TTL_SECONDS);
      renewed = System.nanoTime();
    } else {
      throw new AssertionError("the stream ended");
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static void grant(Server server, long id) {
    try (Client client = server.client()) {
      LeaseGrantRequest request =
          LeaseGrantRequest.newBuilder().setID(id).setTTL(TTL_SECONDS).build();
      assertThat(client.lease().leaseGrant(request).getID()).isEqualTo(id);
    }
  }

  private static long timeToLive(Server server, long id) {
    try (Client client = server.client()) {
      return client
          .lease()
          .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(id).build())
          .getTTL();
    }
  }
}
