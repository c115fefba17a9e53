package dev.rowan.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.grpc.LocalChannel;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TracingTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";
  private static final int NONE = 0;

  private final List<SpanData> ended = Collections.synchronizedList(new ArrayList<>());

  /** Puts go through a stage, ranges fail. */
  private static final class Kv extends KVGrpc.KVImplBase {
    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> reply) {
      CallTrace trace = CallTrace.current();
      trace.enter(CallTrace.Stage.WAIT_FOR_BATCH);
      trace.enter(CallTrace.Stage.COMMIT_BATCH);
      trace.leave();
      reply.onNext(PutResponse.getDefaultInstance());
      reply.onCompleted();
    }

    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> reply) {
      reply.onError(Status.UNAVAILABLE.withDescription("no leader").asRuntimeException());
    }
  }

  private final class Kept implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      ended.addAll(spans);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private interface Calls {
    void on(KVGrpc.KVBlockingStub kv);
  }

  /** Makes calls with a header of that value, or none if it is empty; what ended is there then. */
  private void follow(int samplingRate, String traceparent, Calls calls) throws Exception {
    TracingConfig config = new TracingConfig("localhost:4317", "store", "one", samplingRate);
    try (Tracing tracing = Tracing.to(SimpleSpanProcessor.create(new Kept()), config);
        LocalChannel local =
            LocalChannel.open(
                List.of(new Kv().bindService()), 1 << 20, tracing, new ForwardedCredentials())) {
      Metadata headers = new Metadata();
      if (!traceparent.isEmpty()) {
        headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), traceparent);
      }
      calls.on(
          KVGrpc.newBlockingStub(local.channel())
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers)));
    }
  }

  private SpanData span(String name) {
    return ended.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  private static void put(KVGrpc.KVBlockingStub kv) {
    var _ = kv.put(PutRequest.getDefaultInstance());
  }

  @Test
  void aCallIsASpanBelowItsCallersAndItsStagesBelowIt() throws Exception {
    follow(NONE, "00-" + TRACE + "-" + SPAN + "-01", TracingTest::put);

    SpanData call = span("etcdserverpb.KV/Put");
    assertThat(call.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(call.getTraceId()).isEqualTo(TRACE);
    assertThat(call.getParentSpanId()).isEqualTo(SPAN);
    assertThat(call.getAttributes().asMap())
        .containsOnly(
            Map.entry(AttributeKey.stringKey("rpc.method"), "etcdserverpb.KV/Put"),
            Map.entry(AttributeKey.stringKey("rpc.response.status_code"), "OK"),
            Map.entry(AttributeKey.stringKey("rpc.system.name"), "grpc"));
    assertThat(call.getResource().getAttributes().asMap().toString())
        .contains("service.name=store", "service.instance.id=one");
    for (String stage : List.of("wait for batch", "commit batch")) {
      assertThat(span(stage).getTraceId()).isEqualTo(TRACE);
      assertThat(span(stage).getParentSpanId()).isEqualTo(call.getSpanId());
    }
    assertThat(span("wait for batch").getEndEpochNanos())
        .isLessThanOrEqualTo(span("commit batch").getStartEpochNanos());
  }

  @Test
  void whoIsNotFollowedByHisCallerIsNotFollowedHere() throws Exception {
    follow(TracingConfig.ALL, "00-" + TRACE + "-" + SPAN + "-00", TracingTest::put);

    assertThat(ended).isEmpty();
  }

  @Test
  void theRateDecidesWhereTheCallerDoesNot() throws Exception {
    follow(NONE, "", TracingTest::put);
    assertThat(ended).isEmpty();

    follow(TracingConfig.ALL, "", TracingTest::put);
    assertThat(ended).hasSize(3);
  }

  @Test
  void aFailureIsSaid() throws Exception {
    follow(
        TracingConfig.ALL,
        "",
        kv ->
            assertThatThrownBy(() -> kv.range(RangeRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class));

    SpanData call = span("etcdserverpb.KV/Range");
    assertThat(call.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(call.getStatus().getDescription()).isEqualTo("no leader");
    assertThat(call.getAttributes().asMap().toString())
        .contains("rpc.response.status_code=UNAVAILABLE");
  }

  /** Of a call that is refused in time, or whose client goes, while it waits for something. */
  @Test
  void aStageThatIsOpenEndsWithItsCall() {
    Tracer tracer =
        SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
            .build()
            .get("test");
    TracedCall call = new TracedCall(tracer, tracer.spanBuilder("call").startSpan());

    call.enter(CallTrace.Stage.WAIT_FOR_BATCH);
    call.streamClosed(Status.CANCELLED);
    call.enter(CallTrace.Stage.COMMIT_BATCH);
    call.leave();

    assertThat(ended).extracting(SpanData::getName).containsExactly("wait for batch", "call");
  }

  /** What is handed to another thread keeps its call; what a thread does besides has none. */
  @Test
  void aPartOfACallIsWithinIt() {
    Tracer tracer = SdkTracerProvider.builder().build().get("test");
    TracedCall call = new TracedCall(tracer, tracer.spanBuilder("call").startSpan());
    List<CallTrace> found = new ArrayList<>();

    call.within(() -> found.add(CallTrace.current()));

    assertThat(found).containsExactly(call);
    assertThat(CallTrace.current()).isSameAs(CallTrace.NONE);
  }
}
