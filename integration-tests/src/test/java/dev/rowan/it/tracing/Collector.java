package dev.rowan.it.tracing;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes spans by OTLP over gRPC, and keeps them. */
final class Collector implements AutoCloseable {
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final List<Resource> resources = new CopyOnWriteArrayList<>();
  private final Server server;

  private Collector() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Traces())
            .build()
            .start();
  }

  static Collector open() {
    try {
      return new Collector();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {
    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> reply) {
      request
          .getResourceSpansList()
          .forEach(from -> {
            resources.add(from.getResource());
            from.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
          });
      reply.onNext(ExportTraceServiceResponse.getDefaultInstance());
      reply.onCompleted();
    }
  }

  /** As --distributed-tracing-address. */
  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  /** What came so far. */
  List<Span> spans() {
    return spans;
  }

  /** The one span of that name. */
  Span span(String name) {
    List<Span> named = spans.stream().filter(span -> span.getName().equals(name)).toList();
    if (named.size() != 1) {
      throw new AssertionError(named.size() + " spans are named " + name + ": " + spans);
    }
    return named.getFirst();
  }

  /** Who sent them, once for each time. */
  List<Resource> resources() {
    return resources;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
