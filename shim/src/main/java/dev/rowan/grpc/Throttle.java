package dev.rowan.grpc;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Lets something happen once in a while, such as a log line that any client can cause. */
final class Throttle {
  private final long nanos;
  private final AtomicLong next = new AtomicLong(System.nanoTime());

  Throttle(Duration between) {
    nanos = between.toNanos();
  }

  /** Whether it may happen now, which counts as its happening. */
  boolean passes() {
    long now = System.nanoTime();
    long from = next.get();
    return now - from >= 0 && next.compareAndSet(from, now + nanos);
  }
}
