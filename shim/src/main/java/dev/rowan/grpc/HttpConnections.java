package dev.rowan.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The connections of a port that speak HTTP/1.1: gives each its pipeline, and ends them. Safe for
 * any thread.
 */
final class HttpConnections {
  /**
   * How long a client may take for a request, from the answer before it on: no slower one, and no
   * idle connection, holds a place for longer.
   */
  static final Duration REQUEST_MAX = Duration.ofSeconds(60);

  private final Consumer<ChannelPipeline> pipeline;
  private final Duration requestMax;
  private final Set<HttpRequestLimit> limits = ConcurrentHashMap.newKeySet();
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile boolean ending;

  /**
   * Connections of one port.
   *
   * @param pipeline adds the handlers of a connection, a HttpServerCodec first
   */
  HttpConnections(Consumer<ChannelPipeline> pipeline, Duration requestMax) {
    this.pipeline = pipeline;
    this.requestMax = requestMax;
  }

  /** Adds the handlers of HTTP at the pipeline's end. */
  void serve(ChannelPipeline connection) {
    Channel channel = connection.channel();
    channels.add(channel);
    pipeline.accept(connection);
    ChannelHandlerContext codec = connection.context(HttpServerCodec.class);
    if (codec != null) {
      var limit = new HttpRequestLimit(requestMax);
      limits.add(limit);
      channel.closeFuture().addListener(closed -> limits.remove(limit));
      connection.addAfter(codec.name(), null, limit);
      if (ending) {
        limit.end();
      }
    }
  }

  /** Closes the connections that are idle, and each other one after its answer. */
  void end() {
    ending = true;
    limits.forEach(HttpRequestLimit::end);
  }

  /**
   * Waits until all connections are closed.
   *
   * @return whether they are
   */
  boolean await(Duration max) throws InterruptedException {
    return channels.newCloseFuture().await(max.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Closes all connections. */
  void cut() {
    var _ = channels.close();
  }
}
