package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A real kube-apiserver whose only store is Rowan. */
abstract class KubernetesContract {
  private static final String EVENT_TTL = "10s";

  /** kube-apiserver starts, and kubecheck makes its first objects. */
  private static final Duration READY_MAX = Duration.ofMinutes(5);

  /** Starts a server over an empty store. */
  abstract Server start();

  @Test
  void kubernetesRunsOnRowanThroughItsDeath() throws IOException {
    try (Server server = start()) {
      Path folder = Files.createDirectory(server.folder().resolve("kubernetes"));
      assertOk(kubecheck(folder, "prepare"));
      int port = Ports.free();
      try (ServerProcess apiserver = startApiserver(server, folder, port)) {
        String url = "https://127.0.0.1:" + port;
        assertOk(kubecheck(folder, "basics", "-server", url, "-event-ttl", EVENT_TTL));
        assertOk(throughRestart(server, folder, url));
        assertThat(apiserver.isAlive()).isTrue();
      }
    }
  }

  private static Program throughRestart(Server server, Path folder, String url) throws IOException {
    Path ready = folder.resolve("ready");
    Path go = folder.resolve("go");
    CompletableFuture<Program> check =
        CompletableFuture.supplyAsync(() ->
            kubecheck(
                folder,
                "watch-through-restart",
                "-server",
                url,
                "-ready-file",
                ready.toString(),
                "-go-file",
                go.toString()));
    await().atMost(READY_MAX).until(() -> Files.exists(ready) || check.isDone());
    server.killAndStartAgain();
    Files.createFile(go);
    return check.join();
  }

  /** The flags are those that kubecheck's comment gives. */
  private static ServerProcess startApiserver(Server server, Path folder, int port) {
    String key = folder.resolve("service-account.key").toString();
    List<String> command =
        List.of(
            GoBinaries.path(GoProgram.KUBE_APISERVER).toString(),
            "--etcd-servers=http://127.0.0.1:" + server.port(),
            "--bind-address=127.0.0.1",
            "--secure-port=" + port,
            "--advertise-address=192.0.2.1",
            "--cert-dir=" + folder,
            "--token-auth-file=" + folder.resolve("tokens.csv"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + key,
            "--service-account-signing-key-file=" + key,
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount",
            "--event-ttl=" + EVENT_TTL);
    return ServerProcess.start(command, folder.resolve("log"));
  }

  private static Program kubecheck(Path folder, String phase, String... more) {
    List<String> arguments = new ArrayList<>(List.of("-dir", folder.toString(), "-phase", phase));
    arguments.addAll(List.of(more));
    return Program.run(GoProgram.KUBECHECK, "", arguments);
  }

  private static void assertOk(Program check) {
    assertThat(check.status()).as(check.output()).isZero();
  }
}
