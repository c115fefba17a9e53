package dev.rowan.it.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Pair;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Random histories against a real etcd and the server that a subclass starts. {@code -Drowan.seed}
 * replays one history, whose name shows its seed; {@code -Drowan.histories} and {@code
 * -Drowan.steps} set how many and how long.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class HistoryContract {
  private static final @Nullable Long SEED = Long.getLong("rowan.seed");
  private static final int HISTORIES = Integer.getInteger("rowan.histories", 20);
  private static final int STEPS = Integer.getInteger("rowan.steps", 200);

  private @Nullable Pair shared;

  /** Starts the server under test, empty. */
  protected abstract Server startSubject();

  @TestFactory
  Stream<DynamicTest> everyAnswerEqualsEtcds() {
    long first = SEED == null ? System.nanoTime() : SEED;
    return IntStream.range(0, SEED == null ? HISTORIES : 1)
        .mapToObj(i -> first + i)
        .map(seed -> DynamicTest.dynamicTest("-Drowan.seed=" + seed, () -> run(seed)));
  }

  @AfterAll
  void stop() {
    if (shared != null) {
      shared.close();
      shared = null;
    }
  }

  /** A pair that has differed is replaced: the next history must start with equal sides. */
  private void run(long seed) {
    Pair pair = shared == null ? Pair.start(Etcd::start, this::startSubject) : shared;
    shared = null;
    try (History history = new History(seed, pair)) {
      String difference = history.difference(STEPS).orElse("");
      Assumptions.assumeFalse(pair.oracleFailed(), "etcd ended itself: nothing to compare with");
      assertThat(difference).as("-Drowan.seed=" + seed).isEmpty();
      pair.align();
      shared = pair;
    } finally {
      if (shared == null) {
        pair.close();
      }
    }
  }
}
