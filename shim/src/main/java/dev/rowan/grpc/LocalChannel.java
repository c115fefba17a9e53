package dev.rowan.grpc;

import dev.rowan.StartException;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The services as a channel within the process, for those who are clients of them here: Lock and
 * Election, and whatever speaks another protocol than gRPC on the port.
 *
 * <p>A call runs on its caller's thread, and its answer on the thread that answers: the sequencer,
 * the hub, a reader. A caller must not block, as a service must not. Messages pass as they are,
 * without being encoded; only watch responses are read from their bytes. Safe for any thread.
 */
public final class LocalChannel implements AutoCloseable {
  private static final int CLOSE_TIMEOUT_SECONDS = 2;

  private final Server server;
  private final ManagedChannel channel;

  private LocalChannel(Server server, ManagedChannel channel) {
    this.server = server;
    this.channel = channel;
  }

  /**
   * Opens a channel to services.
   *
   * @param services as the port serves them, with the interceptors that they are wrapped in there
   * @param messageBytesMax size of the largest request; a larger one is refused as the port does
   * @param tracers what follows the calls; {@link CallTracers#none} if they are part of others
   * @param interceptor sees each call on its caller's side
   */
  public static LocalChannel open(
      List<ServerServiceDefinition> services,
      int messageBytesMax,
      CallTracers tracers,
      ClientInterceptor interceptor)
      throws StartException {
    String name = InProcessServerBuilder.generateName();
    var builder =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .fallbackHandlerRegistry(new UnknownMethods(services));
    tracers.of(services).forEach(builder::addStreamTracerFactory);
    var limit = new MessageSizeLimit(messageBytesMax);
    services.forEach(service -> builder.addService(ServerInterceptors.intercept(service, limit)));
    Server server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      throw new StartException("cannot open the channel within the process", e);
    }
    return new LocalChannel(
        server,
        InProcessChannelBuilder.forName(name).directExecutor().intercept(interceptor).build());
  }

  /** The channel. Safe for any thread. */
  public Channel channel() {
    return channel;
  }

  /**
   * Cuts the calls that still run: to be closed after the port, whose calls may make some, and
   * before the store that answers them.
   */
  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    try {
      channel.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      server.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
