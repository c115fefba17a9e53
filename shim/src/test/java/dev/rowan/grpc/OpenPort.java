package dev.rowan.grpc;

import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.StartException;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.tls.TlsContexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.stub.StreamObserver;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A port with a KV service that answers every range with nothing, and HTTP that answers 404. */
final class OpenPort implements AutoCloseable {
  private final EventLoops loops = EventLoops.open();
  private final ClientPort port;

  /** The subject of each call's client, or "none". */
  final List<String> callers = Collections.synchronizedList(new ArrayList<>());

  /** The handlers of the connection of the latest request over HTTP. */
  volatile List<String> httpHandlers = List.of();

  OpenPort(Duration waits, @Nullable TlsContexts tls, List<URI> http, URI... urls)
      throws StartException {
    try {
      port =
          ClientPort.open(
              new PortConfig(
                  List.of(urls),
                  http,
                  tls,
                  new Limits(128, 1_572_864, Integer.MAX_VALUE, 0),
                  new Keepalive(Duration.ofSeconds(5), Duration.ofHours(2), Duration.ofSeconds(20)),
                  waits),
              loops,
              List.of(ServerInterceptors.intercept(new Nothing(), new Callers())),
              new Metrics("test").rpc(),
              this::http);
    } catch (StartException e) {
      loops.close();
      throw e;
    }
  }

  ClientPort port() {
    return port;
  }

  /** Serves the same HTTP at a further URL, and gives it with its port. */
  URI serve(URI url) throws StartException {
    return port.serve(List.of(url), this::http).getFirst();
  }

  int tcpPort() {
    return port.urls().getFirst().getPort();
  }

  private void http(ChannelPipeline pipeline) {
    pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(1024), new NotFound());
  }

  @Override
  public void close() {
    port.stop(Duration.ZERO, () -> {});
    loops.close();
  }

  private final class NotFound extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Drain) {
        var _ = ctx.close();
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      httpHandlers = ctx.pipeline().names();
      var answer =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND, Unpooled.EMPTY_BUFFER);
      answer.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, 0);
      var _ = ctx.writeAndFlush(answer);
    }
  }

  private static final class Nothing extends KVGrpc.KVImplBase {
    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> replies) {
      replies.onNext(RangeResponse.getDefaultInstance());
      replies.onCompleted();
    }
  }

  private final class Callers implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      String caller = "none";
      if (session != null) {
        try {
          Principal subject = session.getPeerPrincipal();
          caller = subject.getName();
        } catch (SSLPeerUnverifiedException e) {
          caller = "anybody";
        }
      }
      callers.add(caller);
      return next.startCall(call, headers);
    }
  }
}
