package dev.rowan.it.faults;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Notices when the machine stands still: a thread that wants to run every 50 ms measures by how
 * much it was late. Where nothing ran for seconds, no server can be blamed for seconds.
 */
final class Pulse implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(50);

  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("pulse").start(this::run);
  private volatile long longestNanos;

  private void run() {
    long before = System.nanoTime();
    try {
      while (!stop.await(PERIOD.toNanos(), TimeUnit.NANOSECONDS)) {
        long now = System.nanoTime();
        longestNanos = Math.max(longestNanos, now - before - PERIOD.toNanos());
        before = now;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The longest time so far in which nothing ran. */
  Duration longestPause() {
    return Duration.ofNanos(longestNanos);
  }

  @Override
  public void close() {
    stop.countDown();
    thread.interrupt();
  }
}
