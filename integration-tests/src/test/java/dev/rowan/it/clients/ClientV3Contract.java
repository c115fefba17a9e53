package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.GoProgram;
import dev.rowan.it.Server;
import java.util.List;
import org.junit.jupiter.api.Test;

/** etcd's Go client against Rowan: every check that holds on etcd. */
abstract class ClientV3Contract {
  private static final String PROGRESS_INTERVAL = "1s";

  /** What fails as long as this version does not serve the RPC; take each out when it does. */
  private static final List<String> NOT_SERVED =
      List.of(
          "member-unknown", // MemberRemove
          "hash-kv", // HashKV
          "defragment", // Defragment
          "snapshot-ends-with-its-checksum", // Snapshot
          "compact-forgets-what-is-older"); // HashKV

  /** Starts a server over an empty store. */
  abstract Server start(String... flags);

  @Test
  void everyCheckHoldsButThoseOfCallsThatAreNotServed() {
    try (Server server = start("--watch-progress-notify-interval=" + PROGRESS_INTERVAL)) {
      List<String> arguments =
          List.of("-endpoint", "127.0.0.1:" + server.port(), "-progress-notify", PROGRESS_INTERVAL);

      String output = Program.run(GoProgram.CLIENTCHECK, "", arguments).output();

      assertThat(output.lines().filter(line -> line.startsWith("FAIL")))
          .as(output)
          .allMatch(line -> line.contains("Unimplemented"))
          .map(line -> line.substring("FAIL ".length(), line.indexOf(':')))
          .containsExactlyInAnyOrderElementsOf(NOT_SERVED);
      assertThat(output.lines().filter(line -> line.startsWith("ok "))).hasSizeGreaterThan(75);
    }
  }
}
