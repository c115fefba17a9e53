package dev.rowan.grpc;

import dev.rowan.grpc.Negotiator.GrpcConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells gRPC from HTTP/1.1 by a connection's first bytes (H-1): the preface of HTTP/2, or the
 * method of a request. TLS's own negotiation is not asked: some clients do without it, and the
 * bytes never lie. Replaces itself, and closes a connection that is neither, or not in time. Of one
 * connection's event loop.
 */
final class ProtocolDetection extends Detection {
  private static final Logger LOG = LoggerFactory.getLogger(ProtocolDetection.class);
  private static final Throttle WARNINGS = new Throttle(Duration.ofSeconds(1));
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  private final boolean secured;

  ProtocolDetection(ConnectionSetup setup, @Nullable GrpcConnection grpc, boolean secured) {
    super(setup, grpc);
    this.secured = secured;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int known = Math.min(in.readableBytes(), PREFACE.readableBytes());
    boolean http2 = ByteBufUtil.equals(in, in.readerIndex(), PREFACE, PREFACE.readerIndex(), known);
    byte first = in.getByte(in.readerIndex());
    HttpConnections http = setup.http();
    if (http2 && known < PREFACE.readableBytes()) {
      // A part of the preface: the rest is to come.
      return;
    }
    if (http2 && grpc != null) {
      grpc.begin(ctx, session(ctx));
      ctx.pipeline().remove(this);
    } else if (!http2 && http != null && first >= 'A' && first <= 'Z') {
      if (grpc != null) {
        grpc.giveUp(ctx);
      }
      http.serve(ctx.pipeline());
      ctx.pipeline().remove(this);
    } else {
      in.skipBytes(in.readableBytes());
      close(ctx);
    }
  }

  private @Nullable SSLSession session(ChannelHandlerContext ctx) {
    return secured ? ctx.pipeline().get(SslHandler.class).engine().getSession() : null;
  }

  /** Most often a handshake that failed. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (WARNINGS.passes()) {
      LOG.atWarn()
          .addKeyValue("client", ctx.channel().remoteAddress())
          .addKeyValue("error", String.valueOf(cause.getMessage()))
          .log("rejected a connection");
    }
    close(ctx);
  }
}
