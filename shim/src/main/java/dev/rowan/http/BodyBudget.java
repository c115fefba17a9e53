package dev.rowan.http;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the bodies of requests that are under way may take of the heap together, whoever sends them:
 * they come before anybody is asked who he is. Safe for any thread.
 */
final class BodyBudget {
  /** Part of the heap that bodies may take. */
  private static final int HEAP_PART = 8;

  /** Large bodies that are read at a time: their objects take more room than their bytes. */
  private static final int READ_AT_A_TIME = 4;

  private final long bytesMax;
  private final AtomicLong held = new AtomicLong();
  private final Semaphore readers = new Semaphore(READ_AT_A_TIME);

  BodyBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  static BodyBudget ofHeap() {
    return new BodyBudget(Runtime.getRuntime().maxMemory() / HEAP_PART);
  }

  /** Takes bytes; false if there are not as many left. */
  boolean take(long bytes) {
    if (held.addAndGet(bytes) <= bytesMax) {
      return true;
    }
    held.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    held.addAndGet(-bytes);
  }

  /** Runs what reads a large body, after those before it. May wait. */
  void read(Runnable reading) {
    readers.acquireUninterruptibly();
    try {
      reading.run();
    } finally {
      readers.release();
    }
  }
}
