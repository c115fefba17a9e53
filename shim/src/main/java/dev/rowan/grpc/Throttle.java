package dev.rowan.grpc;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets something happen once in a while, such as a log line that any client can cause. Any thread.
 */
public final class Throttle {
  private final long nanos;
  private final LongSupplier nanoTime;
  private final AtomicLong next;

  Throttle(Duration between) {
    this(between, System::nanoTime);
  }

  /** Lets it happen at once, and then once in so long by that clock. */
  public Throttle(Duration between, LongSupplier nanoTime) {
    nanos = between.toNanos();
    this.nanoTime = nanoTime;
    next = new AtomicLong(nanoTime.getAsLong());
  }

  /** Whether it may happen now, which counts as its happening. */
  public boolean passes() {
    long now = nanoTime.getAsLong();
    long from = next.get();
    return now - from >= 0 && next.compareAndSet(from, now + nanos);
  }
}
