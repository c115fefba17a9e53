package dev.rowan.grpc;

import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.StartException;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The port that clients reach over gRPC, on one or several addresses. Calls run on the event loops:
 * a service must not block. Safe for any thread.
 */
public final class ClientPort {
  /** Bytes that a stream and a connection may send ahead; grpc's own 64 KiB stalls large pages. */
  private static final int FLOW_CONTROL_WINDOW_BYTES = 1024 * 1024;

  private static final int CUT_TIMEOUT_SECONDS = 2;

  private final Server server;
  private final HealthStatusManager health;
  private final List<URI> urls;

  private ClientPort(Server server, HealthStatusManager health, List<URI> urls) {
    this.server = server;
    this.health = health;
    this.urls = urls;
  }

  /**
   * Opens the port.
   *
   * @param listen http URLs with host and port, at least one; port 0 takes a free one
   * @throws StartException naming the URL that cannot be listened on
   */
  public static ClientPort open(
      List<URI> listen,
      Limits limits,
      Keepalive keepalive,
      EventLoops loops,
      List<ServerServiceDefinition> services,
      CallTracers tracers)
      throws StartException {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (URI url : listen) {
      addresses.add(address(url));
    }
    NettyServerBuilder builder = NettyServerBuilder.forAddress(addresses.getFirst());
    addresses.stream().skip(1).forEach(builder::addListenAddress);
    limit(builder, limits);
    keepAlive(builder, keepalive);
    var health = new HealthStatusManager();
    List<ServerServiceDefinition> followed = new ArrayList<>(services);
    followed.add(health.getHealthService().bindService());
    builder
        .bossEventLoopGroup(loops.group())
        .workerEventLoopGroup(loops.group())
        .channelType(loops.serverChannel())
        .directExecutor()
        .protocolNegotiator(new PlainNegotiator(limits.messageBytesMax()))
        .addStreamTracerFactory(tracers.of(followed))
        .addService(health.getHealthService())
        .addServices(services)
        .fallbackHandlerRegistry(new UnknownMethods(services));
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    Server server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      throw new StartException(cannotListen(listen, addresses, e), e);
    }
    return new ClientPort(server, health, bound(listen, server.getListenSockets()));
  }

  private static void limit(NettyServerBuilder builder, Limits limits) {
    builder
        .maxInboundMessageSize(limits.messageBytesMax())
        .maxConcurrentCallsPerConnection(limits.streamsMax())
        .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES);
  }

  /** Pings without a running call are allowed too: kube-apiserver's would cut its watches. */
  private static void keepAlive(NettyServerBuilder builder, Keepalive keepalive) {
    boolean pings = keepalive.interval().isPositive() && keepalive.timeout().isPositive();
    builder
        .permitKeepAliveTime(keepalive.minTime().toNanos(), TimeUnit.NANOSECONDS)
        .permitKeepAliveWithoutCalls(true)
        .keepAliveTime(
            pings ? keepalive.interval().toNanos() : Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    if (pings) {
      builder.keepAliveTimeout(keepalive.timeout().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private static InetSocketAddress address(URI url) throws StartException {
    var address = new InetSocketAddress(url.getHost(), url.getPort());
    if (address.isUnresolved()) {
      throw new StartException("cannot listen on " + url + ": unknown host");
    }
    return address;
  }

  /** grpc does not say which of several addresses it is. */
  private static String cannotListen(
      List<URI> listen, List<InetSocketAddress> addresses, IOException e) {
    for (int i = 0; i < addresses.size(); i++) {
      try (var probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(addresses.get(i));
      } catch (IOException refused) {
        return "cannot listen on " + listen.get(i) + ": " + refused.getMessage();
      }
    }
    String urls = listen.stream().map(URI::toString).collect(Collectors.joining(", "));
    return "cannot listen on " + urls + ": " + e.getMessage();
  }

  /** The URLs with the ports that were bound where port 0 was asked for. */
  private static List<URI> bound(List<URI> listen, List<? extends SocketAddress> sockets) {
    List<Integer> ports =
        new ArrayList<>(sockets.stream().map(s -> ((InetSocketAddress) s).getPort()).toList());
    listen.forEach(url -> ports.remove(/* element */ (Integer) url.getPort()));
    List<URI> urls = new ArrayList<>();
    for (URI url : listen) {
      int port = url.getPort() != 0 ? url.getPort() : ports.removeFirst();
      urls.add(URI.create(url.getScheme() + "://" + url.getHost() + ":" + port));
    }
    return List.copyOf(urls);
  }

  /** The URLs that are listened on, with their real ports. */
  public List<URI> urls() {
    return urls;
  }

  /**
   * Accepts no more connections and calls, waits for the running calls, and cuts what remains.
   *
   * @param grace how long running calls may take
   * @param endStreams ends the streams that never end by themselves; runs once no call can begin
   */
  public void stop(Duration grace, Runnable endStreams) {
    health.enterTerminalState();
    server.shutdown();
    endStreams.run();
    try {
      if (!server.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow().awaitTermination(CUT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
