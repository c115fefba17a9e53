package dev.rowan.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Starts real etcd servers of one member: the oracle. */
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
    Path binary = GoBinaries.path(GoProgram.ETCD);
    int port = Ports.free();
    String clientUrl = "http://127.0.0.1:" + port;
    String peerUrl = "http://127.0.0.1:" + peerPort;
    List<String> command =
        new ArrayList<>(
            List.of(
                binary.toString(),
                "--name=oracle",
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl,
                "--listen-peer-urls=" + peerUrl,
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster=oracle=" + peerUrl,
                "--log-outputs=stderr",
                // Nobody cuts the power here, and the disk is shared.
                "--unsafe-no-fsync"));
    command.addAll(Arrays.asList(flags));
    ServerProcess process = ServerProcess.start(command, folder.resolve("log"));
    return new Server("etcd", process.awaitReady(), port, folder);
  }
}
