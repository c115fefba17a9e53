package dev.rowan.it.chart;

import static org.awaitility.Awaitility.await;

import dev.rowan.it.Launcher;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.tls.Authority;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The pods of a Deployment or StatefulSet as processes of this machine: the packaged server with
 * the flags, variables and volumes that were rendered; addresses and folders alone are this
 * machine's. Of a Deployment's pods the first, over a SQLite file.
 */
final class Pods implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(90);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final String CONTAINER_ADDRESS = "0.0.0.0";
  private static final Pattern VARIABLE = Pattern.compile("\\$\\(([A-Z_]+)\\)");

  private final Rendered workload;
  private final Container container;
  private final List<Pod> pods;
  private final List<Server> servers = new ArrayList<>();

  /** Where a pod is reached, and what its volumes are. */
  private record Pod(String name, int client, int peer, int metrics, Path folder) {
    /** The ports of a container by the numbers that they have in the chart. */
    String of(String port) {
      return "127.0.0.1:"
          + switch (port) {
            case "2379" -> client;
            case "2380" -> peer;
            case "2381" -> metrics;
            default -> throw new IllegalArgumentException(port);
          };
    }
  }

  private Pods(Rendered workload) {
    this.workload = workload;
    this.container = new Container(workload);
    int count = workload.kind().equals("StatefulSet") ? replicas(workload) : 1;
    pods =
        IntStream.range(0, count)
            .mapToObj(i ->
                new Pod(
                    workload.name() + "-" + i,
                    Ports.free(),
                    Ports.free(),
                    Ports.free(),
                    Server.newFolder("chart")))
            .toList();
  }

  private static int replicas(Rendered workload) {
    return Integer.parseInt(workload.text("spec", "replicas"));
  }

  /** Starts them; returns when all serve. */
  static Pods start(Rendered workload) throws IOException {
    Pods started = new Pods(workload);
    try {
      Map<String, String> secret = secret();
      for (Pod pod : started.pods) {
        started.servers.add(started.launch(pod, secret));
      }
      // Not by its log, whose level may have been rendered higher.
      await().atMost(START_MAX).pollInterval(POLL).until(started::ready);
    } catch (IOException | RuntimeException | Error e) {
      started.close();
      throw e;
    }
    return started;
  }

  private Server launch(Pod pod, Map<String, String> secret) throws IOException {
    Map<String, Path> mounts = container.mounts(pod.folder(), secret);
    Map<String, String> variables =
        container.variables(
            Map.of("metadata.name", pod.name(), "status.podIP", "127.0.0.1"),
            "sqlite://" + pod.folder().resolve("rowan.db"));
    List<String> command = new ArrayList<>(List.of("env"));
    variables.forEach((name, value) -> command.add(name + "=" + value));
    command.add(Launcher.script().toString());
    container.flags().stream()
        .map(flag -> here(expanded(flag, variables), pod, mounts))
        .forEach(command::add);
    ServerProcess process = ServerProcess.start(command, pod.folder().resolve("log"));
    return new Server("chart", process, pod.client(), pod.folder());
  }

  /** As Kubernetes does with variables in arguments. */
  private static String expanded(String flag, Map<String, String> variables) {
    return VARIABLE
        .matcher(flag)
        .replaceAll(found ->
            Matcher.quoteReplacement(
                Objects.requireNonNull(variables.get(found.group(1)), found.group())));
  }

  private String here(String flag, Pod self, Map<String, Path> mounts) {
    String here = flag;
    for (String port : List.of("2379", "2380", "2381")) {
      here =
          here.replace(CONTAINER_ADDRESS + ":" + port, self.of(port))
              .replace("127.0.0.1:" + port, self.of(port));
      for (Pod each : pods) {
        here = here.replace(host(each) + ":" + port, each.of(port));
      }
    }
    for (Map.Entry<String, Path> mount : mounts.entrySet()) {
      here = here.replace("=" + mount.getKey() + "/", "=" + mount.getValue() + "/");
    }
    return here.replaceFirst("(?<=^--peer-cert-allowed-cn=).*", "server");
  }

  private String host(Pod pod) {
    String service = workload.find("spec", "serviceName").map(Object::toString).orElse("none");
    return "%s.%s.%s.svc.cluster.local".formatted(pod.name(), service, Chart.NAMESPACE);
  }

  /** The files of a Secret of certificates: all pods', of clients' and members' ports. */
  private static Map<String, String> secret() {
    Authority authority = new Authority();
    X509Bundle server = authority.server();
    return Map.of(
        "tls.crt",
        server.getCertificatePathPEM(),
        "tls.key",
        server.getPrivateKeyPEM(),
        "ca.crt",
        authority.root().getCertificatePEM());
  }

  private boolean ready() throws InterruptedException {
    for (Server server : servers) {
      if (!server.process().isAlive()) {
        throw new IllegalStateException("ended:\n" + server.process().log());
      }
    }
    try {
      return probed("readinessProbe").stream().allMatch(status -> status == 200);
    } catch (IOException e) {
      return false;
    }
  }

  /** The statuses with which a probe is answered by each pod. */
  List<Integer> probed(String probe) throws IOException, InterruptedException {
    List<Integer> statuses = new ArrayList<>();
    String path = container.probe(probe, "path");
    String number = container.port(container.probe(probe, "port"));
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (Pod pod : pods) {
        URI url = URI.create("http://" + pod.of(number) + path);
        statuses.add(
            http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.discarding()).statusCode());
      }
    }
    return statuses;
  }

  @Override
  public void close() {
    servers.forEach(Server::close);
  }
}
