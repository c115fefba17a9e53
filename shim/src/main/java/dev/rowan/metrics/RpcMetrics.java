package dev.rowan.metrics;

import dev.rowan.grpc.CallTracers;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Follows calls under the names that etcd's gRPC library has: how many began and ended, by which
 * method and with which code, their messages and bytes, and how long they take.
 *
 * <p>A call costs one look-up of its method and an addition at its begin, its end and each message;
 * nothing is locked. A call with one request and one answer has no count of messages, as etcd
 * counts them: those that began are those received, and those that ended, refusals too, are those
 * sent. All is put together when it is scraped. A call that is slow is told of ({@link SlowWork}).
 * Safe for any thread.
 */
public final class RpcMetrics implements CallTracers {
  private static final double NANOS_PER_SECOND = 1e9;

  /** Bounds of {@code grpc_server_handling_seconds}: those of the Go library's default. */
  private static final double[] HANDLING_SECONDS = {
    .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10
  };

  private final PrometheusRegistry registry;
  private final SlowWork slow;
  private final Map<String, MethodCalls> methods = new ConcurrentHashMap<>();
  private final Histogram durations;
  private final LongAdder unknownCalls = new LongAdder();
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private @Nullable Histogram handling;

  RpcMetrics(PrometheusRegistry registry, SlowWork slow) {
    this.registry = registry;
    this.slow = slow;
    durations =
        Histogram.builder()
            .name("rowan_grpc_request_duration_seconds")
            .help("Time from a call's headers to its end, of methods with one answer.")
            .labelNames("method")
            .classicOnly()
            .classicUpperBounds(Metrics.SECONDS)
            .withoutExemplars()
            .register(registry);
    total("rowan_grpc_unknown_methods_total", "Calls of methods that there are not.", unknownCalls);
    total(
        "etcd_network_client_grpc_received_bytes_total",
        "Bytes of clients' messages.",
        receivedBytes);
    total("etcd_network_client_grpc_sent_bytes_total", "Bytes of messages to clients.", sentBytes);
    counter("grpc_server_started_total", "Calls that began.", MethodCalls::started);
    counter("grpc_server_msg_received_total", "Messages from clients.", MethodCalls::received);
    counter("grpc_server_msg_sent_total", "Messages to clients.", MethodCalls::sent);
    CounterWithCallback.builder()
        .name("grpc_server_handled_total")
        .help("Calls that ended, by code.")
        .labelNames("grpc_type", "grpc_service", "grpc_method", "grpc_code")
        .callback(count -> methods.values().forEach(method -> method.handled(count)))
        .register(registry);
  }

  private void total(String name, String help, LongAdder value) {
    ProcessMetrics.counter(registry, name, help, value::sum);
  }

  private void counter(String name, String help, ToLongFunction<MethodCalls> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("grpc_type", "grpc_service", "grpc_method")
        .callback(count ->
            methods
                .values()
                .forEach(calls -> count.call((double) value.applyAsLong(calls), calls.labels())))
        .register(registry);
  }

  /** Measures also under etcd's name how long calls take; before any service is followed. */
  public void beExtensive() {
    handling =
        Histogram.builder()
            .name("grpc_server_handling_seconds")
            .help("Time from a call's headers to its end.")
            .labelNames("grpc_type", "grpc_service", "grpc_method")
            .classicOnly()
            .classicUpperBounds(HANDLING_SECONDS)
            .withoutExemplars()
            .register(registry);
  }

  @Override
  public List<ServerStreamTracer.Factory> of(List<ServerServiceDefinition> services) {
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        MethodDescriptor<?, ?> descriptor = method.getMethodDescriptor();
        methods.computeIfAbsent(
            descriptor.getFullMethodName(),
            name -> new MethodCalls(descriptor, durations, handling));
      }
    }
    return List.of(
        new ServerStreamTracer.Factory() {
          @Override
          public ServerStreamTracer newServerStreamTracer(String name, Metadata headers) {
            return begin(name);
          }
        });
  }

  private ServerStreamTracer begin(String name) {
    MethodCalls method = methods.get(name);
    if (method == null) {
      unknownCalls.increment();
      return new ServerStreamTracer() {};
    }
    method.began();
    return new Call(method);
  }

  /** Calls of a service's method that ended well so far. */
  long succeeded(String fullMethodName) {
    MethodCalls method = methods.get(fullMethodName);
    return method == null ? 0 : method.ended(Status.Code.OK);
  }

  private final class Call extends ServerStreamTracer {
    private final MethodCalls method;
    private final long startNanos = System.nanoTime();
    private Attributes attributes = Attributes.EMPTY;
    private long requestBytes;
    private long responseBytes;

    Call(MethodCalls method) {
      this.method = method;
    }

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
      attributes = call.getAttributes();
    }

    @Override
    public void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
      requestBytes = wireBytes;
      receivedBytes.add(Math.max(0, wireBytes));
      method.messageReceived();
    }

    @Override
    public void outboundMessageSent(int number, long wireBytes, long uncompressedBytes) {
      responseBytes = wireBytes;
      sentBytes.add(Math.max(0, wireBytes));
      method.messageSent();
    }

    @Override
    public void streamClosed(Status status) {
      long nanos = System.nanoTime() - startNanos;
      method.ended(status.getCode(), nanos / NANOS_PER_SECOND);
      if (slow.isSlowCall(nanos) && method.unary()) {
        slow.tellCall(
            "/" + method.labels()[1] + "/" + method.labels()[2],
            status.getCode(),
            nanos,
            attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
            requestBytes,
            responseBytes);
      }
    }
  }
}
