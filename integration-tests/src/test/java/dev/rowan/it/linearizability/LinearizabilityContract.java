package dev.rowan.it.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Random histories of concurrent clients and faults, each over an empty store of its own. {@code
 * -Drowan.linearizability.seconds} sets for how long in all, {@code -Drowan.linearizability.seed}
 * makes the choices of one history again (though not its timing), and {@code
 * -Drowan.linearizability.compact=true} compacts meanwhile.
 */
abstract class LinearizabilityContract {
  /** Small requests, so that watchers that catch up get fragments. */
  static final String[] FLAGS = {
    "--max-request-bytes=65536", "--watch-progress-notify-interval=200ms"
  };

  /** Of one history: as much as fits in memory, as everything seen is kept. */
  private static final int HISTORY_SECONDS_MAX = 90;

  private static final int FINDINGS_SHOWN_MAX = 20;

  /** How long clients and faults go on if nobody says so; starting and ending come on top. */
  abstract int usualSeconds();

  /** Whether each history has each fault once at least, however long that takes. */
  boolean eachFault() {
    return false;
  }

  /** Starts what is tested, empty. */
  abstract Subject start();

  @TestFactory
  Stream<DynamicTest> everyHistoryIsLinearizableAndWatchedCompletely() {
    long first = Long.getLong("rowan.linearizability.seed", System.nanoTime());
    int seconds = Integer.getInteger("rowan.linearizability.seconds", usualSeconds());
    int histories = Math.ceilDiv(seconds, HISTORY_SECONDS_MAX);
    return IntStream.range(0, histories)
        .mapToObj(i -> first + i)
        .map(seed ->
            DynamicTest.dynamicTest(
                "-Drowan.linearizability.seed=" + seed,
                () -> run(seed, Duration.ofSeconds(seconds).dividedBy(histories))));
  }

  private void run(long seed, Duration time)
      throws InterruptedException, ExecutionException, IOException {
    System.out.println("seed: -Drowan.linearizability.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    boolean compacting = Boolean.getBoolean("rowan.linearizability.compact");
    try (Subject subject = start()) {
      Trial trial = new Trial(subject, random, compacting);
      List<String> findings = trial.run(time, eachFault());
      if (!findings.isEmpty()) {
        Path folder = Server.newFolder("linearizability");
        Files.write(folder.resolve("findings"), findings);
        Files.write(
            folder.resolve("operations"),
            trial.operations().stream().map(Operation::toString).toList());
        assertThat(findings.subList(0, Math.min(findings.size(), FINDINGS_SHOWN_MAX)))
            .as("-Drowan.linearizability.seed=%d, all of it in %s", seed, folder)
            .isEmpty();
      }
    }
  }
}
