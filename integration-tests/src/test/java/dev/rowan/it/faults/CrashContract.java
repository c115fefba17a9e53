package dev.rowan.it.faults;

import dev.rowan.it.Server;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rowan is killed under load again and again, and started again over the same data. */
abstract class CrashContract {
  /** Fewer over a shared database, which takes no notice of a client that was killed. */
  private static final int ROUNDS_OF_A_FILE = 20;

  private static final int ROUNDS_OF_A_DATABASE = 8;

  /** Writes that are acknowledged in a round before the kill, at most. */
  private static final int WRITES_MAX = 1_000;

  /** Starts a server over an empty store. */
  abstract Server start();

  /** Whether its data is in a database that lives on. */
  abstract boolean shared();

  @Test
  void killedServerHasLostAndInventedNothing() {
    int usual = shared() ? ROUNDS_OF_A_DATABASE : ROUNDS_OF_A_FILE;
    int rounds = Integer.getInteger("rowan.crash.rounds", usual);
    try (Scene scene = Scene.open(start())) {
      for (int round = 0; round < rounds; round++) {
        scene.check(loadUntilKilled(scene));
      }
      scene.checkWhole();
    }
  }

  private static List<Write> loadUntilKilled(Scene scene) {
    try (Load load = Load.untilFailure(scene.server(), scene.random())) {
      load.awaitAcknowledged(scene.random().nextInt(1, WRITES_MAX));
      scene.server().process().kill();
      List<Write> writes = load.stop();
      scene.server().process().startAgain();
      scene.resume();
      return writes;
    }
  }
}
