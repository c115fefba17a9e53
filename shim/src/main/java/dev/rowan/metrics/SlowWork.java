package dev.rowan.metrics;

import dev.rowan.grpc.Throttle;
import io.grpc.Status;
import java.math.BigDecimal;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Tells the log of calls and commits that took longer than they should, in etcd's words. Of each
 * kind one line a second at most, so that a storm of them fills no disk; the next line says how
 * many were left out. What keeps within its time costs a comparison. Safe for any thread.
 */
final class SlowWork {
  private static final Logger log = LoggerFactory.getLogger(SlowWork.class);

  /** Between two lines of a kind. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Digits behind the point of nanoseconds in seconds, and in milliseconds. */
  private static final int SECONDS_SCALE = 9;

  private static final int MILLIS_SCALE = 6;

  private final long callNanos;
  private final long applyNanos;
  private final Lines calls;
  private final Lines applies;

  /**
   * Makes it.
   *
   * @param call --warning-unary-request-duration
   * @param apply --warning-apply-duration
   */
  SlowWork(Duration call, Duration apply, LongSupplier nanoTime) {
    callNanos = call.toNanos();
    applyNanos = apply.toNanos();
    calls = new Lines(nanoTime);
    applies = new Lines(nanoTime);
  }

  /** How many lines of a kind were left out since the last. */
  private static final class Lines {
    private final Throttle throttle;
    private final AtomicLong leftOut = new AtomicLong();

    Lines(LongSupplier nanoTime) {
      throttle = new Throttle(PAUSE, nanoTime);
    }

    /** A line to be written on, or null for none now. */
    @Nullable LoggingEventBuilder next() {
      if (!throttle.passes()) {
        leftOut.incrementAndGet();
        return null;
      }
      return log.atWarn().addKeyValue("left out", leftOut.getAndSet(0));
    }
  }

  boolean isSlowCall(long nanos) {
    return nanos > callNanos;
  }

  /** Whether a commit took longer than it should. */
  boolean isSlowCommit(long nanos) {
    return nanos > applyNanos;
  }

  /**
   * Tells of a slow call that ended. Neither keys nor values: the sizes alone.
   *
   * @param method as in the path of its request
   * @param remote who made it, if that is known
   * @param requestBytes -1 if nobody knows
   */
  void tellCall(
      String method,
      Status.Code code,
      long nanos,
      @Nullable SocketAddress remote,
      long requestBytes,
      long responseBytes) {
    LoggingEventBuilder line = calls.next();
    if (line != null) {
      line.addKeyValue("start time", Instant.now().minusNanos(nanos))
          .addKeyValue("time spent", text(nanos))
          .addKeyValue("remote", remote == null ? "" : remote.toString().replaceFirst("^/", ""))
          .addKeyValue("response type", method)
          .addKeyValue("code", MethodCalls.name(code))
          .addKeyValue("request size", requestBytes)
          .addKeyValue("response size", responseBytes)
          .log("request stats");
    }
  }

  /** Tells of a commit of a batch if it was slow. */
  void committed(long nanos, int requests, int rows) {
    if (isSlowCommit(nanos)) {
      LoggingEventBuilder line = applies.next();
      if (line != null) {
        tellApply(
            line.addKeyValue("requests", requests).addKeyValue("rows", rows), nanos, "batch ");
      }
    }
  }

  /** Tells of a commit to the file of a quorum's member if it was slow. */
  void written(long nanos) {
    if (isSlowCommit(nanos)) {
      LoggingEventBuilder line = applies.next();
      if (line != null) {
        tellApply(line, nanos, "member's file ");
      }
    }
  }

  private void tellApply(LoggingEventBuilder line, long nanos, String prefix) {
    line.addKeyValue("took", text(nanos))
        .addKeyValue("expected-duration", text(applyNanos))
        .addKeyValue("prefix", prefix)
        .log("apply request took too long");
  }

  /** As Go prints a duration of less than a minute. */
  private static String text(long nanos) {
    boolean seconds = nanos >= NANOS_PER_SECOND;
    return BigDecimal.valueOf(nanos, seconds ? SECONDS_SCALE : MILLIS_SCALE)
            .stripTrailingZeros()
            .toPlainString()
        + (seconds ? "s" : "ms");
  }
}
