package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Server;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rowan is asked to end (SIGTERM) while clients write and watch. */
abstract class SignalsContract {
  /** etcd's grace is 7 s; the rest is for a busy machine. */
  static final Duration STOP_MAX = Duration.ofSeconds(9);

  /** Starts a server over an empty store. */
  abstract Server start();

  @Test
  void termEndsItSoonWithClientsToldAndEverythingKept() {
    try (Scene scene = Scene.open(start());
        Load load = Load.untilFailure(scene.server(), scene.random());
        Pulse pulse = new Pulse()) {
      load.awaitAcknowledged(200);
      long asked = System.nanoTime();
      int status = scene.server().process().terminate();
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      List<Write> writes = load.stop();

      assertThat(status).isZero();
      assertThat(took).isLessThan(STOP_MAX.plus(pulse.longestPause()));
      assertThat(writes)
          .map(Write::outcome)
          .filteredOn(Write.Unknown.class::isInstance)
          .allSatisfy(end -> assertThat(end.toString()).contains("status=UNAVAILABLE"));
      scene.server().process().startAgain();
      scene.resume();
      scene.check(writes);
      scene.checkWhole();
    }
  }
}
