package dev.rowan.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Starts real etcd servers: the oracle. */
public final class Etcd {
  private Etcd() {}

  /** A server with a new data folder; returns when it serves. */
  public static Server start(String... flags) {
    return over(Server.newFolder("etcd"), Ports.free(), flags);
  }

  /**
   * A server whose data folder may be there already.
   *
   * @param folder its data is below {@code data} in it
   */
  public static Server over(Path folder, int peerPort, String... flags) {
    int port = Ports.free();
    String peerUrl = Members.url(peerPort);
    ServerProcess process =
        launch(folder, "oracle", port, peerPort, "oracle=" + peerUrl, peerUrl, flags);
    return new Server("etcd", process.awaitReady(), port, folder);
  }

  /** The members of a new cluster; returns when all serve. */
  public static List<Server> quorum(int count, String... flags) {
    return Members.start(
        count, (name, peerPort, cluster) -> member(name, peerPort, cluster, flags));
  }

  /** Starts a member of a cluster; returns before it serves, which it may need others for. */
  public static Server member(String name, int peerPort, String cluster, String... flags) {
    return member(name, Ports.free(), peerPort, cluster, Members.url(peerPort), flags);
  }

  /**
   * Starts a member of a cluster, with a new folder; returns at once.
   *
   * @param port where clients reach it
   * @param listen the port where it listens for other members
   * @param cluster all members, as in --initial-cluster
   * @param peerUrl its own of those
   */
  public static Server member(
      String name, int port, int listen, String cluster, String peerUrl, String... flags) {
    Path folder = Server.newFolder("etcd-member");
    return new Server(
        "etcd-member", launch(folder, name, port, listen, cluster, peerUrl, flags), port, folder);
  }

  private static ServerProcess launch(
      Path folder,
      String name,
      int port,
      int listen,
      String cluster,
      String peerUrl,
      String... flags) {
    List<String> command =
        new ArrayList<>(
            List.of(
                GoBinaries.path(GoProgram.ETCD).toString(),
                "--name=" + name,
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + Members.url(port),
                "--advertise-client-urls=" + Members.url(port),
                "--listen-peer-urls=" + Members.url(listen),
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster=" + cluster,
                "--log-outputs=stderr",
                // Nobody cuts the power here, and the disk is shared.
                "--unsafe-no-fsync"));
    command.addAll(Arrays.asList(flags));
    return ServerProcess.start(command, folder.resolve("log"));
  }
}
