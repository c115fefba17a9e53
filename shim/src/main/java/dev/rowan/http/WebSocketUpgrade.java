package dev.rowan.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.util.concurrent.Future;

/** A request to go on as a WebSocket. Once its (empty) body is read, the connection becomes one. */
final class WebSocketUpgrade implements Exchange {
  private static final String BEARER = "Bearer";

  private final Gateway gateway;
  private final HttpRequest head;
  private final String path;
  private final ChannelHandlerContext ctx;
  private final Responder responder;

  WebSocketUpgrade(
      Gateway gateway,
      HttpRequest head,
      String path,
      ChannelHandlerContext ctx,
      Responder responder) {
    this.gateway = gateway;
    this.head = head;
    this.path = path;
    this.ctx = ctx;
    this.responder = responder;
  }

  @Override
  public void body(ByteBuf piece) {
    responder.more();
  }

  @Override
  public void bodyEnd() {
    var request =
        new DefaultFullHttpRequest(
            head.protocolVersion(),
            head.method(),
            head.uri(),
            Unpooled.EMPTY_BUFFER,
            head.headers(),
            new DefaultHttpHeaders());
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory(path, BEARER, false, gateway.bodyBytesMax())
            .newHandshaker(request);
    try {
      if (handshaker != null) {
        var _ =
            handshaker
                .handshake(ctx.channel(), request, new DefaultHttpHeaders(), ctx.newPromise())
                .addListener(this::upgraded);
        return;
      }
    } catch (WebSocketHandshakeException e) {
      // Answered below, as a version that is not known.
    }
    responder.whole(
        Answer.error(HttpResponseStatus.BAD_REQUEST, "Bad Request")
            .with("Sec-WebSocket-Version", "13"));
  }

  private void upgraded(Future<? super Void> written) {
    if (!written.isSuccess()) {
      var _ = ctx.close();
      return;
    }
    var headers = new DefaultHttpHeaders();
    String token = token(head.headers());
    if (!token.isEmpty()) {
      headers.set(HttpHeaderNames.AUTHORIZATION, BEARER + " " + token);
    }
    ctx.pipeline().replace(ctx.handler(), null, new WebSocketConnection(gateway, path, headers));
  }

  /** A browser cannot set headers: the token stands where the name of a protocol would. */
  private static String token(HttpHeaders headers) {
    String protocols = headers.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
    int at = protocols.indexOf(BEARER + ",");
    return at < 0 ? "" : protocols.substring(at + BEARER.length() + 1).strip();
  }

  @Override
  public void writable() {}

  @Override
  public void gone() {}
}
