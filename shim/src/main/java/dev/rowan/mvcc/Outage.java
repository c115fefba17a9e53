package dev.rowan.mvcc;

import dev.rowan.dialects.LogException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of a database that is away: at once, then at intervals for as long as it lasts, and
 * when it is back. What needs the database is tried many times a second meanwhile. Reads and writes
 * have one each: either can fail while the other goes on. Safe for any thread.
 */
final class Outage {
  private static final Logger log = LoggerFactory.getLogger(Outage.class);

  /** Time between two lines of one outage. */
  static final Duration INTERVAL = Duration.ofSeconds(10);

  private static final long NONE = Long.MIN_VALUE;

  private final String of;
  private final LongSupplier nanoTime;
  private final AtomicLong lastTold = new AtomicLong(NONE);

  /**
   * Begins with none.
   *
   * @param of what the database does not do, for the log
   */
  Outage(String of, LongSupplier nanoTime) {
    this.of = of;
    this.nanoTime = nanoTime;
  }

  /** The database did not do what it was asked; gives whether that was told. */
  boolean failed(LogException e) {
    long now = nanoTime.getAsLong();
    long told = lastTold.get();
    boolean due = told == NONE || now - told >= INTERVAL.toNanos();
    if (!due || !lastTold.compareAndSet(told, now)) {
      return false;
    }
    log.atWarn()
        .addKeyValue("for", of)
        .addKeyValue("error", e.getMessage())
        .log("the database is not available");
    return true;
  }

  /** The database did it; gives whether an outage ended with that. Cheap when there was none. */
  boolean over() {
    if (lastTold.get() == NONE || lastTold.getAndSet(NONE) == NONE) {
      return false;
    }
    log.atInfo().addKeyValue("for", of).log("the database is available again");
    return true;
  }
}
