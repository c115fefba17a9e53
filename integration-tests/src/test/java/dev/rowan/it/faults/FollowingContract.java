package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.DatabaseServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How soon a watcher of one instance hears of what another has acknowledged. */
abstract class FollowingContract {
  private static final int WRITES = 100;
  private static final Duration EVERY = Duration.ofMillis(100);
  private static final Duration DELAY_MAX = Duration.ofMillis(100);

  /** What of that the machine may take at once. */
  private static final Duration PAUSE_MAX = Duration.ofMillis(30);

  /** Starts a server that is durable. */
  abstract DatabaseServer startDatabase();

  @Test
  void watchersHearOfAnotherInstancesWritesSoon() {
    try (DatabaseServer database = startDatabase()) {
      String endpoint = database.newDatabase();
      try (Server writing = Rowan.over(endpoint, "--name=writing");
          Server following = Rowan.over(endpoint, "--name=following");
          Pulse pulse = new Pulse()) {
        List<Duration> delays = delays(writing, following);

        assertThat(delays.get(WRITES / 2)).isLessThan(DELAY_MAX);
        if (pulse.longestPause().compareTo(PAUSE_MAX) > 0) {
          System.out.println("the slowest are not judged: a pause of " + pulse.longestPause());
        } else {
          assertThat(delays.get(WRITES * 99 / 100 - 1)).isLessThan(DELAY_MAX);
        }
      }
    }
  }

  /** From each write's acknowledgement to its event, shortest first. */
  private static List<Duration> delays(Server writing, Server following) {
    Map<Long, Long> acknowledged = new ConcurrentHashMap<>();
    List<Duration> delays = new ArrayList<>();
    try (Client writer = writing.client();
        Client watcher = following.client();
        WatchSession session = watcher.watch();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
      session.create(WatchCreateRequest.newBuilder().setKey(Requests.put("k", "").getKey()));
      nextOf(session);
      var _ =
          clock.scheduleAtFixedRate(
              () -> {
                long revision =
                    writer.kv().put(Requests.put("k", "v").build()).getHeader().getRevision();
                acknowledged.put(revision, System.nanoTime());
              },
              0,
              EVERY.toNanos(),
              TimeUnit.NANOSECONDS);
      while (delays.size() < WRITES) {
        List<Event> events = nextOf(session).getEventsList();
        long now = System.nanoTime();
        for (Event event : events) {
          // An event may even be there before the answer that acknowledges it.
          long at = acknowledged.getOrDefault(event.getKv().getModRevision(), now);
          delays.add(Duration.ofNanos(now - at));
        }
      }
      clock.shutdownNow();
    }
    delays.sort(null);
    System.out.println(
        "p50 " + delays.get(WRITES / 2) + ", p99 " + delays.get(WRITES * 99 / 100 - 1));
    return delays;
  }

  private static WatchResponse nextOf(WatchSession session) {
    if (session.next() instanceof Received.Response<WatchResponse>(WatchResponse response)) {
      return response;
    }
    throw new AssertionError("the watch ended");
  }
}
