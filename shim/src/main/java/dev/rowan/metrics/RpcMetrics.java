package dev.rowan.metrics;

import dev.rowan.grpc.CallTracers;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls by method and code, and measures how long those with one answer take. A call costs
 * one look-up of its method; nothing is locked. Safe for any thread.
 */
public final class RpcMetrics implements CallTracers {
  /** The label of every method that no service has, so that a client cannot make up labels. */
  private static final String UNKNOWN_METHOD = "unknown";

  private static final double NANOS_PER_SECOND = 1e9;

  private final Counter calls;
  private final Histogram durations;

  RpcMetrics(PrometheusRegistry registry) {
    calls =
        Counter.builder()
            .name("rowan_grpc_requests_total")
            .help("Calls that ended, by method and code.")
            .labelNames("method", "code")
            .register(registry);
    durations =
        Histogram.builder()
            .name("rowan_grpc_request_duration_seconds")
            .help("Time from a call's headers to its end, of methods with one answer.")
            .labelNames("method")
            .classicOnly()
            .classicUpperBounds(Metrics.SECONDS)
            .register(registry);
  }

  @Override
  public ServerStreamTracer.Factory of(List<ServerServiceDefinition> services) {
    Map<String, Method> methods = new HashMap<>();
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        MethodDescriptor<?, ?> descriptor = method.getMethodDescriptor();
        String name = descriptor.getFullMethodName();
        boolean unary = descriptor.getType() == MethodDescriptor.MethodType.UNARY;
        methods.put(name, new Method(calls, name, unary ? durations.labelValues(name) : null));
      }
    }
    var unknown = new Method(calls, UNKNOWN_METHOD, null);
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Call(methods.getOrDefault(method, unknown));
      }
    };
  }

  private static final class Method {
    private final Counter calls;
    private final String name;
    private final @Nullable DistributionDataPoint durations;

    /** By code's number; filled when a code first occurs, to the same point by whichever thread. */
    private final @Nullable CounterDataPoint[] byCode =
        new CounterDataPoint[Status.Code.values().length];

    Method(Counter calls, String name, @Nullable DistributionDataPoint durations) {
      this.calls = calls;
      this.name = name;
      this.durations = durations;
    }

    void ended(Status.Code code, long nanos) {
      CounterDataPoint point = byCode[code.value()];
      if (point == null) {
        point = calls.labelValues(name, code.name());
        byCode[code.value()] = point;
      }
      point.inc();
      if (durations != null) {
        durations.observe(nanos / NANOS_PER_SECOND);
      }
    }
  }

  private static final class Call extends ServerStreamTracer {
    private final Method method;
    private final long startNanos = System.nanoTime();

    Call(Method method) {
      this.method = method;
    }

    @Override
    public void streamClosed(Status status) {
      method.ended(status.getCode(), System.nanoTime() - startNanos);
    }
  }
}
