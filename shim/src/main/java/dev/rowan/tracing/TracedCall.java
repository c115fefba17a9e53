package dev.rowan.tracing;

import io.grpc.Grpc;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A call's span, and one below it for each stage. Ended by gRPC, when the call is over. */
final class TracedCall extends ServerStreamTracer implements CallTrace {
  private static final AttributeKey<String> CODE =
      AttributeKey.stringKey("rpc.response.status_code");
  private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
  private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");

  private final Tracer tracer;
  private final Span call;
  private @Nullable Span stage;
  private boolean over;

  TracedCall(Tracer tracer, Span call) {
    this.tracer = tracer;
    this.call = call;
  }

  @Override
  public io.grpc.Context filterContext(io.grpc.Context context) {
    return context.withValue(KEY, this);
  }

  @Override
  public void serverCallStarted(ServerCallInfo<?, ?> info) {
    if (info.getAttributes().get(Grpc.TRANSPORT_ATTR_LOCAL_ADDR) instanceof InetSocketAddress at) {
      call.setAttribute(ADDRESS, at.getHostString());
      call.setAttribute(PORT, (long) at.getPort());
    }
  }

  @Override
  public synchronized void enter(Stage next) {
    leave();
    if (over) {
      return;
    }
    stage = tracer.spanBuilder(next.spanName()).setParent(Context.root().with(call)).startSpan();
  }

  @Override
  public synchronized void leave() {
    if (stage != null) {
      stage.end();
      stage = null;
    }
  }

  @Override
  public void within(Runnable part) {
    io.grpc.Context.current().withValue(KEY, this).run(part);
  }

  /** Also of a call that its client has left, and that is still carried out or waits. */
  @Override
  public synchronized void streamClosed(Status status) {
    leave();
    over = true;
    call.setAttribute(CODE, status.getCode().name());
    switch (status.getCode()) {
      case UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
          call.setStatus(StatusCode.ERROR, message(status));
      default -> {}
    }
    call.end();
  }

  private static String message(Status status) {
    return status.getDescription() == null ? "" : status.getDescription();
  }
}
