package dev.rowan.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request, decided from its head alone.
 *
 * @param readableFor the origin that the answer is marked as readable for, or null
 * @param endless whether the body may take as long as it likes: it is that of a stream
 * @param exchange begins to answer it
 */
record Route(
    @Nullable String readableFor, boolean endless, Function<Responder, Exchange> exchange) {
  private static final String BETA = "/v3beta/";

  static Route of(HttpPipeline site, HttpRequest head, ChannelHandlerContext ctx) {
    HttpHeaders headers = head.headers();
    String path;
    Map<String, List<String>> query;
    try {
      var uri = new QueryStringDecoder(head.uri());
      path = uri.path();
      query = parameters(uri);
    } catch (IllegalArgumentException e) {
      return malformed("400 Bad Request");
    }
    if (!headers.contains(HttpHeaderNames.HOST)
        && !head.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return malformed("400 Bad Request: no Host header");
    }
    if (path.startsWith(BETA)) {
      path = Gateway.PREFIX + path.substring(BETA.length());
    }
    String readableFor = null;
    AccessRules access = site.access();
    if (access != null) {
      Answer refusal = access.refusal(headers, path, tls(ctx));
      if (refusal != null) {
        return fixed(refusal, null);
      }
      readableFor = access.readableFor(headers);
      if (head.method().equals(HttpMethod.OPTIONS)) {
        return fixed(Answer.empty(HttpResponseStatus.OK), readableFor);
      }
    }
    Gateway gateway = site.gateway();
    if (gateway != null && path.startsWith(Gateway.PREFIX)) {
      return gateway(gateway, head, path, readableFor, ctx);
    }
    Page page = site.page(head.method().name(), path);
    return new Route(readableFor, false, responder -> new PageExchange(page, query, responder));
  }

  private static Map<String, List<String>> parameters(QueryStringDecoder uri) {
    try {
      return uri.parameters();
    } catch (IllegalArgumentException e) {
      return Map.of();
    }
  }

  private static @Nullable SSLSession tls(ChannelHandlerContext ctx) {
    SslHandler handler = ctx.pipeline().get(SslHandler.class);
    return handler == null ? null : handler.engine().getSession();
  }

  /** Who does not keep to HTTP may mean something else with what follows, too. */
  private static Route malformed(String text) {
    Answer answer = Answer.error(HttpResponseStatus.BAD_REQUEST, text);
    return fixed(answer.with("Connection", "close"), null);
  }

  private static Route fixed(Answer answer, @Nullable String readableFor) {
    return new Route(readableFor, false, responder -> PageExchange.of(answer, responder));
  }

  private static Route gateway(
      Gateway gateway,
      HttpRequest head,
      String path,
      @Nullable String readableFor,
      ChannelHandlerContext ctx) {
    if (asksForWebSocket(head.headers())) {
      return new Route(
          readableFor,
          false,
          responder -> new WebSocketUpgrade(gateway, head, path, ctx, responder));
    }
    return new Route(
        readableFor,
        gateway.takesStream(path),
        responder -> gateway.exchange(head.method().name(), path, head.headers(), responder));
  }

  private static boolean asksForWebSocket(HttpHeaders headers) {
    return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }
}
