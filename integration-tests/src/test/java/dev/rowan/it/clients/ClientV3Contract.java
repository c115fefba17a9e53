package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.GoProgram;
import dev.rowan.it.Server;
import java.util.List;
import org.junit.jupiter.api.Test;

/** etcd's Go client against Rowan: every check that holds on etcd. */
abstract class ClientV3Contract {
  private static final String PROGRESS_INTERVAL = "1s";

  /** Starts a server over an empty store. */
  abstract Server start(String... flags);

  @Test
  void everyCheckHolds() {
    try (Server server = start("--watch-progress-notify-interval=" + PROGRESS_INTERVAL)) {
      List<String> arguments =
          List.of("-endpoint", "127.0.0.1:" + server.port(), "-progress-notify", PROGRESS_INTERVAL);

      String output = Program.run(GoProgram.CLIENTCHECK, "", arguments).output();

      assertThat(output.lines().filter(line -> line.startsWith("FAIL"))).as(output).isEmpty();
      assertThat(output.lines().filter(line -> line.startsWith("ok "))).hasSizeGreaterThan(82);
    }
  }
}
