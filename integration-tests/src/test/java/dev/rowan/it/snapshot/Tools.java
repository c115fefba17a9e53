package dev.rowan.it.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Etcd;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.clients.Program;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What an operator does with snapshots, by the tools that an operator has. */
final class Tools {
  private Tools() {}

  /** {@code etcdctl}; fails if it does. */
  static String etcdctl(Server server, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--endpoints=http://127.0.0.1:" + server.port()));
    all.addAll(List.of(arguments));
    return run(GoProgram.ETCDCTL, all);
  }

  private static String run(GoProgram program, List<String> arguments) {
    Program done = Program.run(program, "", arguments);
    assertThat(done.status()).as("%s\n%s", arguments, done.output()).isZero();
    return done.output();
  }

  /** {@code etcdctl snapshot save}, and what {@code etcdutl snapshot status} says to it. */
  static Path save(Server server) {
    Path file = Server.newFolder("snapshot").resolve("snapshot.db");
    etcdctl(server, "snapshot", "save", file.toString());
    run(GoProgram.ETCDUTL, List.of("snapshot", "status", file.toString()));
    return file;
  }

  /** {@code etcdutl snapshot restore}, and an etcd over what it made. */
  static Server etcdOver(Path snapshot) {
    Path folder = Server.newFolder("etcd");
    int peerPort = Ports.free();
    String peerUrl = "http://127.0.0.1:" + peerPort;
    run(
        GoProgram.ETCDUTL,
        List.of(
            "snapshot",
            "restore",
            snapshot.toString(),
            "--name=oracle",
            "--data-dir=" + folder.resolve("data"),
            "--initial-cluster=oracle=" + peerUrl,
            "--initial-advertise-peer-urls=" + peerUrl));
    return Etcd.over(folder, peerPort);
  }

  /** {@code rowan restore} into a store, and a Rowan over it. */
  static Server rowanOver(Path snapshot, String endpoint) {
    ServerProcess restored = Rowan.restore(snapshot, endpoint);
    assertThat(restored.awaitExit()).as(restored.log()).isZero();
    return Rowan.over(endpoint);
  }
}
