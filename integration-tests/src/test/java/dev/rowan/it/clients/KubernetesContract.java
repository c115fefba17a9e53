package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A real kube-apiserver whose only store is Rowan. */
abstract class KubernetesContract {
  /** kube-apiserver starts, and kubecheck makes its first objects. */
  private static final Duration READY_MAX = Duration.ofMinutes(5);

  /** Starts a server over an empty store. */
  abstract Server start();

  @Test
  void kubernetesRunsOnRowanThroughItsDeath() throws IOException {
    try (Server server = start();
        KubeApiserver apiserver = KubeApiserver.start(server)) {
      assertOk(apiserver.check("basics", "-event-ttl", KubeApiserver.EVENT_TTL));
      assertOk(throughRestart(server, apiserver));
      assertThat(apiserver.process().isAlive()).isTrue();
    }
  }

  private static Program throughRestart(Server server, KubeApiserver apiserver) throws IOException {
    Path ready = apiserver.folder().resolve("ready");
    Path go = apiserver.folder().resolve("go");
    CompletableFuture<Program> check =
        CompletableFuture.supplyAsync(() ->
            apiserver.check(
                "watch-through-restart",
                "-ready-file",
                ready.toString(),
                "-go-file",
                go.toString()));
    await().atMost(READY_MAX).until(() -> Files.exists(ready) || check.isDone());
    server.killAndStartAgain();
    Files.createFile(go);
    return check.join();
  }

  private static void assertOk(Program check) {
    assertThat(check.status()).as(check.output()).isZero();
  }
}
