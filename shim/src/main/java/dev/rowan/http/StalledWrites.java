package dev.rowan.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose client has taken nothing of what waits for it for a while: what waits
 * is held in memory. A connection for which nothing waits may be quiet as long as it likes.
 */
final class StalledWrites extends IdleStateHandler {
  /** For how long a client may take nothing of what is sent to it. */
  static final Duration STALL_MAX = Duration.ofSeconds(60);

  StalledWrites() {
    super(true, 0, STALL_MAX.toSeconds(), 0, TimeUnit.SECONDS);
  }

  @Override
  protected void channelIdle(ChannelHandlerContext ctx, IdleStateEvent event) {
    ChannelOutboundBuffer waiting = ctx.channel().unsafe().outboundBuffer();
    if (waiting != null && !waiting.isEmpty()) {
      var _ = ctx.close();
    }
  }
}
