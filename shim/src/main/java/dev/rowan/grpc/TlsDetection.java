package dev.rowan.grpc;

import dev.rowan.grpc.Negotiator.GrpcConnection;
import dev.rowan.tls.TlsContexts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a connection where TLS is served: waits for the first byte, which tells a
 * handshake from plain text, and replaces itself. The context for the handshake may have to be read
 * from files, and so comes from another thread; meanwhile nothing is read. Of one connection's
 * event loop.
 */
final class TlsDetection extends Detection {
  /** First byte of a TLS handshake. */
  private static final int HANDSHAKE = 0x16;

  private final TlsContexts tls;
  private boolean asked;

  TlsDetection(ConnectionSetup setup, TlsContexts tls, @Nullable GrpcConnection grpc) {
    super(setup, grpc);
    this.tls = tls;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (asked) {
      return;
    }
    if (in.getUnsignedByte(in.readerIndex()) == HANDSHAKE) {
      asked = true;
      ctx.channel().config().setAutoRead(false);
      ask(ctx);
    } else if (setup.plain()) {
      ctx.pipeline().replace(this, null, setup.protocol(grpc, false));
    } else {
      in.skipBytes(in.readableBytes());
      close(ctx);
    }
  }

  private void ask(ChannelHandlerContext ctx) {
    try {
      tls.executor()
          .execute(() -> {
            SslContext context = tls.current();
            ctx.executor().execute(() -> secure(ctx, context));
          });
    } catch (RejectedExecutionException e) {
      // The server stops.
      close(ctx);
    }
  }

  private void secure(ChannelHandlerContext ctx, SslContext context) {
    if (ctx.isRemoved() || !ctx.channel().isActive()) {
      return;
    }
    SslHandler handler = context.newHandler(ctx.alloc(), tls.executor());
    handler.setHandshakeTimeoutMillis(setup.beginMax().toMillis());
    handler
        .handshakeFuture()
        .addListener(done -> {
          if (done.isSuccess()) {
            tls.established(handler.engine().getSession());
          }
        });
    ctx.pipeline().addAfter(ctx.name(), null, setup.protocol(grpc, true));
    // What has come of the handshake goes from here to the handler that comes here.
    ctx.pipeline().replace(this, null, handler);
    ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close(ctx);
  }
}
