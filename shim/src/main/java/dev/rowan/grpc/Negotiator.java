package dev.rowan.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.InternalChannelz;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.util.AsciiString;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Sets up the connections of one address where gRPC is served, and HTTP too if it is not served
 * elsewhere. With its connections, all that touches grpc's internal negotiation, so that a new
 * version of grpc breaks here.
 */
final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
  private final ConnectionSetup setup;
  private final ConnectionMemory.Limit memory;
  private final int messageBytesMax;

  Negotiator(ConnectionSetup setup, ConnectionMemory.Limit memory, int messageBytesMax) {
    this.setup = setup;
    this.memory = memory;
    this.messageBytesMax = messageBytesMax;
  }

  @Override
  public AsciiString scheme() {
    return AsciiString.of(setup.tls() != null ? "https" : "http");
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler connection) {
    return InternalProtocolNegotiators.waitUntilActiveHandler(
        setup.begin(new GrpcConnection(connection, memory, messageBytesMax)),
        connection.getNegotiationLogger());
  }

  @Override
  public void close() {}

  /** A connection's gRPC side, until it is known whether the client speaks it. */
  static final class GrpcConnection {
    private final GrpcHttp2ConnectionHandler handler;
    private final ConnectionMemory.Limit limit;
    private final int messageBytesMax;
    private ProtocolNegotiationEvent event = InternalProtocolNegotiationEvent.getDefault();

    GrpcConnection(
        GrpcHttp2ConnectionHandler handler, ConnectionMemory.Limit limit, int messageBytesMax) {
      this.handler = handler;
      this.limit = limit;
      this.messageBytesMax = messageBytesMax;
    }

    /** Whether an event is grpc's, which then is kept until the client's protocol is known. */
    boolean keeps(Object event) {
      if (event instanceof ProtocolNegotiationEvent negotiation) {
        this.event = negotiation;
        return true;
      }
      return false;
    }

    /** The client speaks gRPC: puts its handler after the one of the context. */
    void begin(ChannelHandlerContext ctx, @Nullable SSLSession session) {
      ConnectionMemory memory = limit.of(ctx.channel());
      MessageSizeGuard.install(handler, messageBytesMax, memory);
      OutboundFlow.install(handler, memory);
      ctx.pipeline()
          .addAfter(ctx.name(), null, InternalProtocolNegotiators.grpcNegotiationHandler(handler));
      event = with(ConnectionMemory.KEY, memory);
      ctx.fireUserEventTriggered(session == null ? event : secured(session));
    }

    private <T> ProtocolNegotiationEvent with(Attributes.Key<T> key, T value) {
      return InternalProtocolNegotiationEvent.withAttributes(
          event,
          InternalProtocolNegotiationEvent.getAttributes(event).toBuilder()
              .set(key, value)
              .build());
    }

    private ProtocolNegotiationEvent secured(SSLSession session) {
      return InternalProtocolNegotiationEvent.withSecurity(
          with(Grpc.TRANSPORT_ATTR_SSL_SESSION, session),
          new InternalChannelz.Security(new InternalChannelz.Tls(session)));
    }

    /** The client speaks HTTP: takes out what grpc has put after the one of the context. */
    void giveUp(ChannelHandlerContext ctx) {
      ChannelPipeline pipeline = ctx.pipeline();
      while (!ctx.handler().equals(pipeline.last())) {
        pipeline.removeLast();
      }
      handler.notifyUnused();
    }
  }
}
