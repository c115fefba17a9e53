package dev.rowan.http;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sets up a connection that speaks HTTP/1.1, be it over TCP, TLS or a unix socket. To be called on
 * the connection's event loop, once it is known to be HTTP; bytes that were read before are to be
 * fired after. Turns off reading by itself: a connection reads as far as it has room. Safe for any
 * thread.
 */
public final class HttpPipeline implements Consumer<ChannelPipeline> {
  /** Bytes of a request's first line. */
  static final int LINE_BYTES_MAX = 64 * 1024;

  /** Bytes of a request's headers; etcd takes 1 MiB, which no client needs. */
  static final int HEADERS_BYTES_MAX = 128 * 1024;

  /** Bytes of a body that are handed on at once. */
  private static final int PIECE_BYTES_MAX = 64 * 1024;

  private final Map<String, Page> pages;
  private final @Nullable Gateway gateway;
  private final @Nullable AccessRules access;

  private HttpPipeline(
      Map<String, Page> pages, @Nullable Gateway gateway, @Nullable AccessRules access) {
    this.pages = Map.copyOf(pages);
    this.gateway = gateway;
    this.access = access;
  }

  /**
   * What clients are served.
   *
   * @param gateway null where --enable-grpc-gateway is off
   */
  public static HttpPipeline forClients(
      Pages pages, @Nullable Gateway gateway, AccessRules access) {
    return new HttpPipeline(pages.forClients(), gateway, access);
  }

  /** What --listen-metrics-urls serves. */
  public static HttpPipeline forMetrics(Pages pages) {
    return new HttpPipeline(pages.forMetrics(), null, null);
  }

  @Override
  public void accept(ChannelPipeline pipeline) {
    pipeline.channel().config().setAutoRead(false);
    pipeline.addLast(
        new HttpServerCodec(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(LINE_BYTES_MAX)
                .setMaxHeaderSize(HEADERS_BYTES_MAX)
                .setMaxChunkSize(PIECE_BYTES_MAX)),
        new FlowControlHandler(),
        new StalledWrites(),
        new HttpConnection(this));
  }

  @Nullable Gateway gateway() {
    return gateway;
  }

  @Nullable AccessRules access() {
    return access;
  }

  /** The page of a path for a method. */
  Page page(String method, String path) {
    Page page = pages.get(path);
    if (page == null) {
      return (query, reply) -> reply.accept(Answer.notFound());
    }
    return page.forGetAlone() && !method.equals("GET")
        ? (query, reply) -> reply.accept(Answer.methodNotAllowed())
        : page;
  }
}
