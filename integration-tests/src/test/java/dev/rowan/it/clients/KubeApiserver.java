package dev.rowan.it.clients;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A kube-apiserver without any other part of Kubernetes. Closing it kills the process.
 *
 * @param folder its certificate, and what {@code kubecheck -phase prepare} writes
 */
public record KubeApiserver(ServerProcess process, Path folder, int port) implements AutoCloseable {
  /** How long it keeps events. */
  static final String EVENT_TTL = "10s";

  /** Starts one whose only store is the server; returns at once. */
  public static KubeApiserver start(Server store) throws IOException {
    Path folder = Files.createDirectory(store.folder().resolve("kubernetes"));
    Program prepared = kubecheck(folder, "prepare");
    if (prepared.status() != 0) {
      throw new IOException(prepared.output());
    }
    int port = Ports.free();
    ServerProcess process =
        ServerProcess.start(command(store, folder, port), folder.resolve("log"));
    return new KubeApiserver(process, folder, port);
  }

  /** The flags are those that kubecheck's comment gives. */
  private static List<String> command(Server store, Path folder, int port) {
    String key = folder.resolve("service-account.key").toString();
    return List.of(
        GoBinaries.path(GoProgram.KUBE_APISERVER).toString(),
        "--etcd-servers=http://127.0.0.1:" + store.port(),
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
  }

  /** Where it is reached, with the certificate {@code apiserver.crt} of its folder. */
  public String url() {
    return "https://127.0.0.1:" + port;
  }

  /** The token of an administrator. */
  public String token() throws IOException {
    String line = Files.readString(folder.resolve("tokens.csv"));
    return line.substring(0, line.indexOf(','));
  }

  /** Runs a phase of kubecheck's against it. */
  Program check(String phase, String... more) {
    List<String> arguments = new ArrayList<>(List.of("-server", url()));
    arguments.addAll(List.of(more));
    return kubecheck(folder, phase, arguments.toArray(String[]::new));
  }

  private static Program kubecheck(Path folder, String phase, String... more) {
    List<String> arguments = new ArrayList<>(List.of("-dir", folder.toString(), "-phase", phase));
    arguments.addAll(List.of(more));
    return Program.run(GoProgram.KUBECHECK, "", arguments);
  }

  @Override
  public void close() {
    process.close();
  }
}
