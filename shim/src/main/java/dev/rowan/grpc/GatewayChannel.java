package dev.rowan.grpc;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A channel onto the services of this process, without a network: a call runs on the thread that
 * makes it. Safe for any thread.
 */
public final class GatewayChannel implements AutoCloseable {
  private final Server server;
  private final ManagedChannel channel;

  private GatewayChannel(Server server, ManagedChannel channel) {
    this.server = server;
    this.channel = channel;
  }

  /** Opens a channel; its calls are counted like those over the network. */
  public static GatewayChannel open(
      EventLoops loops, List<ServerServiceDefinition> services, CallTracers tracers) {
    String name = InProcessServerBuilder.generateName();
    Server server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .scheduledExecutorService(loops.group())
            .addStreamTracerFactory(tracers.of(services))
            .addServices(services)
            .fallbackHandlerRegistry(new UnknownMethods(services))
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException("a name was drawn twice", e);
    }
    return new GatewayChannel(
        server,
        InProcessChannelBuilder.forName(name)
            .directExecutor()
            .scheduledExecutorService(loops.group())
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build());
  }

  public Channel channel() {
    return channel;
  }

  /** Cuts the calls that still run. */
  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
  }
}
