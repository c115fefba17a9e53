package dev.rowan.it.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CFG-2: flags of members that contradict each other end either server, with the same words. */
final class QuorumFlagsIT {
  /** The first start of a build is by far the longest: the launcher makes its cache. */
  @BeforeAll
  static void startOnce() {
    Rowan.overSqlite().close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "--name=x --initial-cluster=a=http://127.0.0.1:1 | couldn't find local name \"x\" in the"
            + " initial cluster configuration",
        "--name=a --initial-cluster=b=http://127.0.0.1:1,a=http://127.0.0.1:1"
            + " --initial-advertise-peer-urls=http://127.0.0.1:1 | initial cluster"
            + " a=http://127.0.0.1:1,b=http://127.0.0.1:1 has duplicate url",
        "--name=a --initial-cluster=a=http://127.0.0.1:1"
            + " --initial-advertise-peer-urls=http://127.0.0.1:2 | --initial-cluster has"
            + " a=http://127.0.0.1:1 but missing from"
            + " --initial-advertise-peer-urls=http://127.0.0.1:2",
        "--name=a --initial-cluster=a=http://127.0.0.1:1"
            + " --initial-advertise-peer-urls=http://127.0.0.1:1,http://127.0.0.1:2 |"
            + " --initial-advertise-peer-urls has http://127.0.0.1:2 but missing from"
            + " --initial-cluster=a=http://127.0.0.1:1"
      })
  void bothRefuseWithTheSameWords(String line, String words) {
    String[] flags = (line + " --listen-peer-urls=http://127.0.0.1:" + Ports.free()).split(" ");

    assertThat(refusal(etcd(flags))).contains(words);
    assertThat(refusal(rowan(flags))).contains(words);
  }

  private static ServerProcess rowan(String... flags) {
    return Rowan.launch("sqlite://" + Server.newFolder("rowan").resolve("rowan.db"), flags);
  }

  private static ServerProcess etcd(String... flags) {
    Path folder = Server.newFolder("etcd");
    String clientUrl = "http://127.0.0.1:" + Ports.free();
    List<String> command =
        new ArrayList<>(
            List.of(
                GoBinaries.path(GoProgram.ETCD).toString(),
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl));
    command.addAll(Arrays.asList(flags));
    return ServerProcess.start(command, folder.resolve("log"));
  }

  /** What it says when it ends, which it does with an error. */
  private static String refusal(ServerProcess process) {
    try (process) {
      assertThat(process.awaitExit()).isNotZero();
      return process.log().replace("\\\"", "\"");
    }
  }
}
