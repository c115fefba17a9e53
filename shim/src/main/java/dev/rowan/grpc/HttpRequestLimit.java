package dev.rowan.grpc;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose next request is not there in time, entirely, body included; and ends a
 * connection between two requests. It stands right after the codec. A connection that another
 * protocol took over is let alone. Of one connection's event loop, but for {@link #end}.
 */
final class HttpRequestLimit extends ChannelDuplexHandler {
  private final Duration requestMax;
  private volatile @Nullable ChannelHandlerContext context;
  private int unanswered;
  private boolean ending;
  private boolean upgraded;
  private @Nullable ScheduledFuture<?> tooLate;

  HttpRequestLimit(Duration requestMax) {
    this.requestMax = requestMax;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    expectRequest(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopWaiting();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopWaiting();
    ctx.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof LastHttpContent && !upgraded) {
      unanswered++;
      stopWaiting();
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ChannelPromise written = promise;
    if (message instanceof HttpResponse response
        && response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      upgraded = true;
      stopWaiting();
    }
    if (message instanceof LastHttpContent && !upgraded && !isInterim(message)) {
      unanswered = Math.max(0, unanswered - 1);
      written = promise.unvoid();
      written.addListener(done -> answered(ctx));
    }
    var _ = ctx.write(message, written);
  }

  /** Such as 100 Continue, after which the answer is still to come. */
  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  private void answered(ChannelHandlerContext ctx) {
    if (unanswered == 0 && !ctx.isRemoved()) {
      if (ending) {
        close(ctx);
      } else {
        expectRequest(ctx);
      }
    }
  }

  private void expectRequest(ChannelHandlerContext ctx) {
    stopWaiting();
    tooLate = ctx.executor().schedule(() -> close(ctx), requestMax.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void stopWaiting() {
    if (tooLate != null) {
      tooLate.cancel(false);
      tooLate = null;
    }
  }

  /** Closes the connection once nothing is to be answered. For any thread. */
  void end() {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.executor()
          .execute(() -> {
            ending = true;
            if (unanswered == 0) {
              ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            }
          });
    }
  }

  /** Should it fail, the connection is closed already. */
  private static void close(ChannelHandlerContext ctx) {
    var _ = ctx.close();
  }
}
