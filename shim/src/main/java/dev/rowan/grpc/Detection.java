package dev.rowan.grpc;

import dev.rowan.grpc.Negotiator.GrpcConnection;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a connection's first bytes and then leaves it. A client that does not send them in time
 * is closed; what gRPC is told of the connection meanwhile is kept for it.
 */
abstract class Detection extends ByteToMessageDecoder {
  final ConnectionSetup setup;
  final @Nullable GrpcConnection grpc;
  private @Nullable ScheduledFuture<?> tooLate;

  Detection(ConnectionSetup setup, @Nullable GrpcConnection grpc) {
    this.setup = setup;
    this.grpc = grpc;
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext ctx) {
    tooLate =
        ctx.executor().schedule(() -> close(ctx), setup.beginMax().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  protected final void handlerRemoved0(ChannelHandlerContext ctx) {
    if (tooLate != null) {
      tooLate.cancel(false);
    }
  }

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (grpc == null || !grpc.keeps(event)) {
      ctx.fireUserEventTriggered(event);
    }
  }

  /** Should it fail, the connection is closed already. */
  static void close(ChannelHandlerContext ctx) {
    var _ = ctx.close();
  }
}
