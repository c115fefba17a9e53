package dev.rowan.http;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket that carries one call of the gateway: each message of the client is JSON of the call,
 * each message to it one line of the answer. It closes when the call ends. All of it runs on the
 * connection's event loop.
 */
final class WebSocketConnection extends SimpleChannelInboundHandler<WebSocketFrame>
    implements Responder {
  private static final Logger log = LoggerFactory.getLogger(WebSocketConnection.class);

  private final Gateway gateway;
  private final String path;
  private final HttpHeaders headers;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private boolean asked;

  /** A connection for the method of a path, which may be that of none. */
  WebSocketConnection(Gateway gateway, String path, HttpHeaders headers) {
    this.gateway = gateway;
    this.path = path;
    this.headers = headers;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    exchange = gateway.exchange("POST", path, headers, this);
    if (!gateway.serves(path)) {
      exchange.bodyEnd();
    }
    more();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
    asked = false;
    Exchange current = exchange;
    if (frame instanceof CloseWebSocketFrame || current == null) {
      leave();
      close();
    } else if (frame instanceof PingWebSocketFrame) {
      // The next frame is read when this answer is out: nobody can have many wait here.
      var _ =
          ctx.writeAndFlush(new PongWebSocketFrame(frame.content().retain()))
              .addListener(written -> more());
    } else if (frame instanceof PongWebSocketFrame || !frame.content().isReadable()) {
      more();
    } else {
      current.body(frame.content());
      if (frame.isFinalFragment() && !gateway.takesStream(path)) {
        current.bodyEnd();
      }
    }
  }

  @Override
  public EventExecutor loop() {
    return requireNonNull(context).executor();
  }

  @Override
  public boolean writable() {
    return requireNonNull(context).channel().isWritable();
  }

  /** Later, as thousands of frames may be there already. */
  @Override
  public void more() {
    asked = true;
    loop().execute(this::read);
  }

  private void read() {
    if (asked) {
      requireNonNull(context).read();
    }
  }

  /** What was asked for did not come of what was read: it is asked for again. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    read();
  }

  @Override
  public void whole(Answer answer) {
    line(answer.body().toStringUtf8().strip());
    end();
  }

  @Override
  public void line(String json) {
    var _ = requireNonNull(context).writeAndFlush(new TextWebSocketFrame(json));
  }

  @Override
  public void end() {
    exchange = null;
    close();
  }

  private void close() {
    var _ =
        requireNonNull(context)
            .writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
            .addListener(ChannelFutureListener.CLOSE);
  }

  private void leave() {
    Exchange left = exchange;
    exchange = null;
    if (left != null) {
      left.gone();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (exchange != null && ctx.channel().isWritable()) {
      exchange.writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    leave();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.atDebug().setCause(cause).log("a WebSocket failed");
    }
    leave();
    var _ = ctx.close();
  }
}
