package dev.rowan.tracing;

import dev.rowan.grpc.CallTracers;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows calls as spans of OpenTelemetry, named and sampled as etcd's are, with the caller's span
 * as parent if he sends one (W3C's {@code traceparent}). Spans leave in the background, every five
 * seconds or 512 of them; those that a collector does not take in time are dropped, and hold up
 * nothing. Neither keys nor values are in them. Safe for any thread.
 */
public final class Tracing implements CallTracers, AutoCloseable {
  private static final String SCOPE = "dev.rowan";
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
  private static final AttributeKey<String> INSTANCE =
      AttributeKey.stringKey("service.instance.id");
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system.name");
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");

  private static final Headers HEADERS = new Headers();

  /** How long a stop waits for the collector to take the last spans. */
  private static final Duration CLOSE_MAX = Duration.ofSeconds(2);

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private Tracing(SdkTracerProvider provider) {
    this.provider = provider;
    this.tracer = provider.get(SCOPE);
  }

  /** Begins to follow. The collector need not be there yet. */
  public static Tracing open(TracingConfig config) {
    String endpoint = "http://" + config.collector();
    var exporter = OtlpGrpcSpanExporter.builder().setEndpoint(endpoint).build();
    return to(BatchSpanProcessor.builder(exporter).build(), config);
  }

  /** Likewise, with spans told to another than the collector. */
  static Tracing to(SpanProcessor spans, TracingConfig config) {
    return new Tracing(
        SdkTracerProvider.builder()
            .addSpanProcessor(spans)
            .setResource(Resource.getDefault().merge(Resource.create(instance(config))))
            .setSampler(Sampler.parentBased(sampler(config.samplingRate())))
            .build());
  }

  private static Attributes instance(TracingConfig config) {
    AttributesBuilder attributes = Attributes.builder().put(SERVICE, config.serviceName());
    if (config.instanceId() != null) {
      attributes.put(INSTANCE, config.instanceId());
    }
    return attributes.build();
  }

  private static Sampler sampler(int rate) {
    return Sampler.traceIdRatioBased((double) rate / TracingConfig.ALL);
  }

  @Override
  public List<ServerStreamTracer.Factory> of(List<ServerServiceDefinition> services) {
    return List.of(
        new ServerStreamTracer.Factory() {
          @Override
          public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
            return begin(method, headers);
          }
        });
  }

  private ServerStreamTracer begin(String method, Metadata headers) {
    Context caller =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS);
    Span span =
        tracer
            .spanBuilder(method)
            .setParent(caller)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute(METHOD, method)
            .setAttribute(SYSTEM, "grpc")
            .startSpan();
    return span.isRecording() ? new TracedCall(tracer, span) : new ServerStreamTracer() {};
  }

  private static final class Headers implements TextMapGetter<Metadata> {
    @Override
    public Iterable<String> keys(Metadata headers) {
      return headers.keys();
    }

    @Override
    public @Nullable String get(@Nullable Metadata headers, String name) {
      return headers == null
          ? null
          : headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }
  }

  /** Sends what is left, for two seconds at most. */
  @Override
  public void close() {
    provider.shutdown().join(CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS);
  }
}
