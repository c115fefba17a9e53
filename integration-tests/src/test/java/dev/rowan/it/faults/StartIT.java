package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Launcher;
import dev.rowan.it.Server;
import org.junit.jupiter.api.Test;

/** {@code ./rowan}, as a user starts it from a clone that is built. */
final class StartIT {
  @Test
  void launcherBecomesTheServerAndEndsOnSignal() {
    try (Server server = Launcher.start()) {
      ProcessHandle process = ProcessHandle.of(server.process().pid()).orElseThrow();
      assertThat(process.info().command().orElse("")).endsWith("/bin/java");
      assertThat(process.descendants()).isEmpty();
      assertThat(server.process().log()).doesNotContain("rowan: building");

      assertThat(server.process().terminate()).isZero();
    }
  }
}
