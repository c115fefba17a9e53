package dev.rowan.http;

import dev.rowan.StartException;
import dev.rowan.grpc.Drain;
import dev.rowan.grpc.EventLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Addresses that speak HTTP without TLS and nothing else: those of --listen-metrics-urls and
 * --listen-client-http-urls. Opened and closed by one thread; connections live on the event loops.
 */
public final class HttpListener implements AutoCloseable {
  private static final int CLOSE_TIMEOUT_SECONDS = 2;

  private final List<InetSocketAddress> addresses = new ArrayList<>();
  private final ChannelGroup channels;

  private HttpListener(EventLoops loops) {
    channels = new DefaultChannelGroup(loops.group().next(), true);
  }

  /**
   * Listens on every URL.
   *
   * @param urls http URLs with host and port; port 0 takes a free one
   * @param pipeline sets up each connection
   * @throws StartException naming the URL that cannot be listened on
   */
  public static HttpListener open(
      List<URI> urls, EventLoops loops, Consumer<ChannelPipeline> pipeline) throws StartException {
    var listener = new HttpListener(loops);
    for (URI url : urls) {
      try {
        listener.listen(url, loops, pipeline);
      } catch (Exception e) {
        // Netty throws the checked exception of a failed bind as it is.
        listener.close();
        throw new StartException("cannot listen on " + url + ": " + e.getMessage(), e);
      }
    }
    return listener;
  }

  private void listen(URI url, EventLoops loops, Consumer<ChannelPipeline> pipeline)
      throws Exception {
    var address = new InetSocketAddress(url.getHost(), url.getPort());
    Channel bound =
        new ServerBootstrap()
            .group(loops.group())
            .channelFactory(() -> loops.newServer(false))
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channels.add(channel);
                    pipeline.accept(channel.pipeline());
                  }
                })
            .bind(address)
            .sync()
            .channel();
    channels.add(bound);
    addresses.add((InetSocketAddress) bound.localAddress());
  }

  /** Where it listens, with the ports as they were bound. */
  public List<InetSocketAddress> addresses() {
    return List.copyOf(addresses);
  }

  /** Stops listening, gives requests a moment to be answered, and cuts what is left. */
  @Override
  public void close() {
    channels.close(channel -> channel instanceof ServerChannel).awaitUninterruptibly();
    channels.forEach(channel -> channel.pipeline().fireUserEventTriggered(new Drain()));
    channels.newCloseFuture().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    channels.close().awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
