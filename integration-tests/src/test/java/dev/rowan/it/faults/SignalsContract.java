package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Rowan is asked to end (SIGTERM) while clients write and watch. */
abstract class SignalsContract {
  /** etcd's grace is 7 s; the rest is for a busy machine. */
  static final Duration STOP_MAX = Duration.ofSeconds(9);

  /** Starts a server over an empty store. */
  abstract Server start();

  @Test
  void termEndsItSoonWithClientsToldAndEverythingKept() {
    try (Scene scene = Scene.open(start());
        Load load = Load.untilFailure(scene.server(), scene.random());
        Pulse pulse = new Pulse()) {
      load.awaitAcknowledged(200);
      long asked = System.nanoTime();
      int status = scene.server().process().terminate();
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      List<Write> writes = load.stop();

      assertThat(status).isZero();
      assertThat(took).isLessThan(STOP_MAX.plus(pulse.longestPause()));
      assertThat(writes)
          .map(Write::outcome)
          .filteredOn(Write.Unknown.class::isInstance)
          .allSatisfy(end -> assertThat(end.toString()).contains("status=UNAVAILABLE"));
      scene.server().process().startAgain();
      scene.resume();
      scene.check(writes);
      scene.checkWhole();
    }
  }

  /** CFG-4, over HTTP: what was begun is answered; streams end; and then it ends. */
  @Test
  void termLetsRequestsOverHttpBeAnswered() throws IOException {
    try (Server server = start();
        Pulse pulse = new Pulse();
        HttpExchange watch = HttpExchange.open(server.port());
        HttpExchange put = HttpExchange.open(server.port());
        HttpExchange idle = HttpExchange.open(server.port())) {
      idle.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(idle.readThrough("}")).startsWith("HTTP/1.1 200");
      watch.post("/v3/watch", "{\"create_request\":{\"key\":\"YQ==\"}}");
      assertThat(watch.readThrough("created")).startsWith("HTTP/1.1 200");
      String rest = put.beginPost(10, "/v3/kv/put", "{\"key\":\"YQ==\",\"value\":\"MQ==\"}");

      long asked = System.nanoTime();
      CompletableFuture<Integer> status =
          CompletableFuture.supplyAsync(
              server.process()::terminate, task -> Thread.ofVirtual().start(task));
      await().until(() -> server.process().log().contains("stopping"));
      assertThat(idle.readToEnd()).isEmpty();
      put.send(rest);

      assertThat(put.readToEnd()).startsWith("HTTP/1.1 200").contains("\"revision\":\"2\"");
      assertThat(watch.readToEnd()).isNotNull();
      assertThat(status.join()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - asked))
          .isLessThan(STOP_MAX.plus(pulse.longestPause()));
      server.process().startAgain();
      try (Client client = server.client()) {
        assertThat(client.kv().range(Requests.get("a").build()).getCount()).isEqualTo(1);
      }
    }
  }
}
