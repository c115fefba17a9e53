package dev.rowan.it.chart;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The pods of a Deployment or StatefulSet as processes of this machine: the packaged server with
 * the flags that were rendered, in which addresses and folders alone are replaced. Of a
 * Deployment's pods the first, over a SQLite file.
 */
final class Pods implements AutoCloseable {
  private static final String CONTAINER_ADDRESS = "0.0.0.0";

  private final Rendered workload;
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
      started.writeCertificates();
      started.pods.forEach(pod -> started.servers.add(started.launch(pod)));
      started.servers.forEach(server -> server.process().awaitReady());
    } catch (IOException | RuntimeException | Error e) {
      started.close();
      throw e;
    }
    return started;
  }

  /** The flags of a workload's container. */
  static List<String> flags(Rendered workload) {
    return workload.list("spec", "template", "spec", "containers", 0, "args").stream()
        .map(Object::toString)
        .toList();
  }

  private Server launch(Pod pod) {
    List<String> command = new ArrayList<>(List.of("env"));
    if (workload.kind().equals("Deployment")) {
      command.add("ROWAN_ENDPOINT=sqlite://" + pod.folder().resolve("rowan.db"));
    }
    command.add(Launcher.script().toString());
    flags(workload).stream().map(flag -> here(flag, pod)).forEach(command::add);
    ServerProcess process = ServerProcess.start(command, pod.folder().resolve("log"));
    return new Server("chart", process, pod.client(), pod.folder());
  }

  private String here(String flag, Pod self) {
    String here = flag.replace("$(POD_NAME)", self.name());
    for (String port : List.of("2379", "2380", "2381")) {
      here =
          here.replace(CONTAINER_ADDRESS + ":" + port, self.of(port))
              .replace("$(POD_IP):" + port, self.of(port));
      for (Pod each : pods) {
        here = here.replace(host(each) + ":" + port, each.of(port));
      }
    }
    return here.replace("/etc/rowan/tls", self.folder().resolve("tls").toString())
        .replace("/var/lib/rowan", self.folder().toString())
        .replaceFirst("(?<=^--peer-cert-allowed-cn=).*", "server");
  }

  private String host(Pod pod) {
    String service = workload.find("spec", "serviceName").map(Object::toString).orElse("none");
    return "%s.%s.%s.svc.cluster.local".formatted(pod.name(), service, Chart.NAMESPACE);
  }

  /** In the files that Secrets are mounted as. */
  private void writeCertificates() throws IOException {
    Authority authority = new Authority();
    X509Bundle server = authority.server();
    for (Pod pod : pods) {
      for (String secret : List.of("client", "client-ca", "peer")) {
        Path mounted = Files.createDirectories(pod.folder().resolve("tls").resolve(secret));
        Files.writeString(mounted.resolve("tls.crt"), server.getCertificatePathPEM());
        Files.writeString(mounted.resolve("tls.key"), server.getPrivateKeyPEM());
        Files.writeString(mounted.resolve("ca.crt"), authority.root().getCertificatePEM());
      }
    }
  }

  /** The statuses with which a probe is answered by each pod. */
  List<Integer> probed(String probe) throws IOException, InterruptedException {
    List<Integer> statuses = new ArrayList<>();
    Object[] container = {"spec", "template", "spec", "containers", 0};
    String path = workload.text(with(container, probe, "httpGet", "path"));
    String port = workload.text(with(container, probe, "httpGet", "port"));
    Map<?, ?> listened = Rendered.named(workload.list(with(container, "ports")), port);
    String number = String.valueOf(listened.get("containerPort"));
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (Pod pod : pods) {
        URI url = URI.create("http://" + pod.of(number) + path);
        statuses.add(
            http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.discarding()).statusCode());
      }
    }
    return statuses;
  }

  private static Object[] with(Object[] path, Object... more) {
    return Stream.concat(Stream.of(path), Stream.of(more)).toArray();
  }

  @Override
  public void close() {
    servers.forEach(Server::close);
  }
}
