package dev.rowan.grpc;

import dev.rowan.StartException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ServerChannel;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;

/** One address where HTTP alone is served. */
final class HttpListener {
  private final ListenAddress address;
  private final Channel channel;

  private HttpListener(ListenAddress address, Channel channel) {
    this.address = address;
    this.channel = channel;
  }

  static HttpListener open(
      ListenAddress address,
      EventLoops loops,
      Supplier<ServerChannel> socket,
      ConnectionSetup setup)
      throws StartException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops.group())
            .channelFactory(socket::get)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connection.pipeline().addLast(setup.begin(null));
                  }
                })
            .bind(address.address())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw address.cannotListen(bound.cause());
    }
    return new HttpListener(address, bound.channel());
  }

  List<URI> urls() {
    return address.bound(channel.localAddress());
  }

  void stop() {
    channel.close().awaitUninterruptibly();
  }
}
