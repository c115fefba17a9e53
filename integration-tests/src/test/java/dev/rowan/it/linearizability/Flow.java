package dev.rowan.it.linearizability;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One direction of a network: what becomes of the bytes that go there. Safe for concurrent use. */
final class Flow {
  /** Longer than a commit, much shorter than a request may take. */
  private static final Duration LATE = Duration.ofMillis(100);

  private static final int FLAKY_LATE_MILLIS_MAX = 200;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Mode mode = Mode.PASS;
  private boolean closed;

  /** What happens to bytes. */
  enum Mode {
    /** They go on. */
    PASS,
    /** They go on {@link Flow#LATE} later. */
    DELAY,
    /** They wait, as when packets are lost and sent again. */
    HOLD,
    /** They are lost, and the connection with the first of them. */
    LOSE,
    /** Half of what comes first goes on, then the connection is lost. */
    HALVE,
    /** By chance they go on at once, or late, or the connection is lost with half of them. */
    FLAKY
  }

  /** How bytes are treated from now on. */
  void set(Mode next) {
    lock.lock();
    try {
      mode = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets go what waits. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits as long as bytes do.
   *
   * @param length how many there are
   * @return how many of them go on; the connection is lost if that is not all
   */
  int pass(int length) throws InterruptedException {
    lock.lock();
    try {
      if (mode == Mode.DELAY) {
        await(LATE);
      } else if (mode == Mode.FLAKY && ThreadLocalRandom.current().nextInt(4) == 0) {
        await(Duration.ofMillis(ThreadLocalRandom.current().nextInt(FLAKY_LATE_MILLIS_MAX)));
      }
      while (mode == Mode.HOLD && !closed) {
        changed.await();
      }
      return switch (mode) {
        case PASS, DELAY, HOLD -> length;
        case LOSE -> 0;
        case HALVE -> length / 2;
        case FLAKY -> ThreadLocalRandom.current().nextInt(50) == 0 ? length / 2 : length;
      };
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock; ends early with the mode. */
  private void await(Duration late) throws InterruptedException {
    Mode before = mode;
    long left = late.toNanos();
    while (mode == before && left > 0 && !closed) {
      left = changed.awaitNanos(left);
    }
  }

  /** Waits while bytes would, none being there. */
  void await() throws InterruptedException {
    lock.lock();
    try {
      while (mode == Mode.HOLD && !closed) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
