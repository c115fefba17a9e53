package dev.rowan.metrics;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What is counted of one method's calls. Safe for any thread. */
final class MethodCalls {
  /** The codes as Go's library names them, in the order of their numbers. */
  private static final String[] CODES = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated"
  };

  private final String[] labels;
  private final boolean unary;
  private final LongAdder started = new LongAdder();
  private final LongAdder[] ended = new LongAdder[CODES.length];
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final @Nullable DistributionDataPoint duration;
  private final @Nullable DistributionDataPoint handling;

  /**
   * Begins to count.
   *
   * @param durations of methods with one request and one answer
   * @param handling of all methods, or nothing
   */
  MethodCalls(MethodDescriptor<?, ?> method, Histogram durations, @Nullable Histogram handling) {
    String name = method.getFullMethodName();
    labels =
        new String[] {
          type(method.getType()),
          String.valueOf(method.getServiceName()),
          String.valueOf(method.getBareMethodName())
        };
    unary = method.getType() == MethodType.UNARY;
    Arrays.setAll(ended, code -> new LongAdder());
    duration = unary ? durations.labelValues(name) : null;
    this.handling = handling == null ? null : handling.labelValues(labels);
  }

  private static String type(MethodType type) {
    return switch (type) {
      case UNARY, UNKNOWN -> "unary";
      case CLIENT_STREAMING -> "client_stream";
      case SERVER_STREAMING -> "server_stream";
      case BIDI_STREAMING -> "bidi_stream";
    };
  }

  /** A code as Go's library names it. */
  static String name(Status.Code code) {
    return CODES[code.value()];
  }

  /** Whether its calls have one request and one answer. */
  boolean unary() {
    return unary;
  }

  void began() {
    started.increment();
  }

  void messageReceived() {
    if (!unary) {
      received.increment();
    }
  }

  void messageSent() {
    if (!unary) {
      sent.increment();
    }
  }

  void ended(Status.Code code, double seconds) {
    ended[code.value()].increment();
    if (duration != null) {
      duration.observe(seconds);
    }
    if (handling != null) {
      handling.observe(seconds);
    }
  }

  /** Type, service and name. */
  String[] labels() {
    return labels;
  }

  long started() {
    return started.sum();
  }

  long received() {
    return unary ? started.sum() : received.sum();
  }

  long sent() {
    return unary ? Arrays.stream(ended).mapToLong(LongAdder::sum).sum() : sent.sum();
  }

  long ended(Status.Code code) {
    return ended[code.value()].sum();
  }

  /** Tells the calls that ended with each code, those that never occurred among them. */
  void handled(CounterWithCallback.Callback count) {
    for (int code = 0; code < CODES.length; code++) {
      count.call((double) ended[code].sum(), labels[0], labels[1], labels[2], CODES[code]);
    }
  }
}
