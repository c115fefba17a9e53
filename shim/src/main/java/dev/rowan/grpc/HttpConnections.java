package dev.rowan.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The connections of a port that speak HTTP/1.1: gives each its pipeline, and ends them. Safe for
 * any thread.
 */
final class HttpConnections {
  private final Consumer<ChannelPipeline> pipeline;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile boolean ending;

  /**
   * Connections of one port.
   *
   * @param pipeline adds the handlers of a connection; they keep a client's time, and heed {@link
   *     Drain}
   */
  HttpConnections(Consumer<ChannelPipeline> pipeline) {
    this.pipeline = pipeline;
  }

  /** Adds the handlers of HTTP at the pipeline's end. */
  void serve(ChannelPipeline connection) {
    Channel channel = connection.channel();
    channels.add(channel);
    pipeline.accept(connection);
    if (ending) {
      connection.fireUserEventTriggered(new Drain());
    }
  }

  /** Closes the connections that are idle, and each other one after its answer. */
  void end() {
    ending = true;
    channels.forEach(channel -> channel.pipeline().fireUserEventTriggered(new Drain()));
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
