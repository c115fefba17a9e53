package dev.rowan.grpc;

import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.StartException;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The port that clients reach, over gRPC and over HTTP/1.1, on one or several addresses. Calls run
 * on the event loops: a service must not block. Safe for any thread.
 */
public final class ClientPort {
  /** Bytes that a stream and a connection may send ahead; grpc's own 64 KiB stalls large pages. */
  private static final int FLOW_CONTROL_WINDOW_BYTES = 1024 * 1024;

  /** Bytes of a call's metadata: grpc's own 8 KiB, and as much again for long tokens. */
  private static final int METADATA_BYTES_MAX = 16 * 1024;

  /** Calls that a connection may begin and give up in {@link #RESETS_SECONDS}. */
  private static final int RESETS_MAX = 10_000;

  private static final int RESETS_SECONDS = 10;

  /** For how long a connection may not say what it is to be, TLS handshake included. */
  public static final Duration BEGIN_MAX = Duration.ofSeconds(10);

  private static final int CUT_TIMEOUT_SECONDS = 2;

  private final PortConfig config;
  private final EventLoops loops;
  private final HttpConnections http;
  private final List<HttpConnections> httpElsewhere = new ArrayList<>();
  private final HealthStatusManager health = new HealthStatusManager();
  private final ConnectionLimit connections = ConnectionLimit.ofProcess();
  private final ConnectionMemory.Limit memory = ConnectionMemory.Limit.ofProcess();
  private final List<Server> servers = new ArrayList<>();
  private final List<HttpListener> httpListeners = new ArrayList<>();
  private final List<ListenAddress> sockets = new ArrayList<>();
  private final List<URI> urls = new ArrayList<>();
  private final List<URI> httpUrls = new ArrayList<>();

  private ClientPort(PortConfig config, EventLoops loops, Consumer<ChannelPipeline> http) {
    this.config = config;
    this.loops = loops;
    this.http = new HttpConnections(http);
  }

  /**
   * Opens the port.
   *
   * @param http adds the handlers of a connection that speaks HTTP/1.1, at the pipeline's end; they
   *     heed {@link Drain}
   * @throws StartException naming the URL that cannot be listened on; nothing is listened on then
   */
  public static ClientPort open(
      PortConfig config,
      EventLoops loops,
      List<ServerServiceDefinition> services,
      CallTracers tracers,
      Consumer<ChannelPipeline> http)
      throws StartException {
    var port = new ClientPort(config, loops, http);
    try {
      List<ServerServiceDefinition> followed = new ArrayList<>(services);
      followed.add(port.health.getHealthService().bindService());
      List<ServerStreamTracer.Factory> calls = tracers.of(followed);
      for (ListenAddress address : ListenAddress.of(config.listen())) {
        port.listen(address, services, calls);
      }
      for (ListenAddress address : ListenAddress.of(config.http())) {
        port.httpUrls.addAll(port.listenHttp(address, port.http));
      }
      return port;
    } catch (StartException e) {
      port.stop(Duration.ZERO, () -> {});
      throw e;
    }
  }

  /** Listens with a server of its own, which knows what its connections may be. */
  private void listen(
      ListenAddress address,
      List<ServerServiceDefinition> services,
      List<ServerStreamTracer.Factory> calls)
      throws StartException {
    checkUnix(address);
    NettyServerBuilder builder = NettyServerBuilder.forAddress(address.address());
    limit(builder, config.limits());
    keepAlive(builder, config.keepalive());
    var setup = setup(address, config.http().isEmpty() ? http : null);
    builder
        .bossEventLoopGroup(loops.group())
        .workerEventLoopGroup(loops.group())
        .channelFactory(socket(address)::get)
        .directExecutor()
        .protocolNegotiator(new Negotiator(setup, memory, config.limits().messageBytesMax()))
        .intercept(new ClientVersionCheck())
        .intercept(new AnswerGuard())
        .addService(health.getHealthService())
        .addServices(services)
        .fallbackHandlerRegistry(new UnknownMethods(services));
    calls.forEach(builder::addStreamTracerFactory);
    InternalNettyServerBuilder.setStatsEnabled(builder, false);
    InternalNettyServerBuilder.setTracingEnabled(builder, false);
    Server server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      throw address.cannotListen(e);
    }
    servers.add(server);
    listened(address);
    urls.addAll(address.bound(server.getListenSockets().getFirst()));
  }

  /**
   * Serves HTTP alone at further addresses, until the port is stopped: TLS and limits are those of
   * the others. Called before anything else may stop it.
   *
   * @param pipeline adds the handlers of a connection, as that of {@link #open}
   * @return the URLs with their real ports
   * @throws StartException naming the URL that cannot be listened on
   */
  public List<URI> serve(List<URI> elsewhere, Consumer<ChannelPipeline> pipeline)
      throws StartException {
    var served = new HttpConnections(pipeline);
    httpElsewhere.add(served);
    List<URI> bound = new ArrayList<>();
    for (ListenAddress address : ListenAddress.of(elsewhere)) {
      bound.addAll(listenHttp(address, served));
    }
    return bound;
  }

  private List<URI> listenHttp(ListenAddress address, HttpConnections served)
      throws StartException {
    checkUnix(address);
    var listener = HttpListener.open(address, loops, socket(address), setup(address, served));
    httpListeners.add(listener);
    listened(address);
    return listener.urls();
  }

  private void checkUnix(ListenAddress address) throws StartException {
    if (address.unix()) {
      if (!loops.epoll()) {
        throw address.cannotListen(
            new IOException("unix sockets need Netty's epoll, which does not load here"));
      }
      UnixSocket.makeWay(address);
    }
  }

  private void listened(ListenAddress address) throws StartException {
    if (address.unix()) {
      sockets.add(address);
      UnixSocket.restrict(address);
    }
  }

  private Supplier<ServerChannel> socket(ListenAddress address) {
    return () -> {
      ServerChannel socket = loops.newServer(address.unix());
      socket.pipeline().addLast(connections);
      return socket;
    };
  }

  private ConnectionSetup setup(ListenAddress address, @Nullable HttpConnections served) {
    return new ConnectionSetup(
        address.plain(), address.tls() ? config.tls() : null, served, config.beginMax());
  }

  private static void limit(NettyServerBuilder builder, Limits limits) {
    builder
        .maxInboundMessageSize(limits.messageBytesMax())
        .maxConcurrentCallsPerConnection(limits.streamsMax())
        .maxInboundMetadataSize(METADATA_BYTES_MAX)
        .maxRstFramesPerWindow(RESETS_MAX, RESETS_SECONDS)
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

  /** The URLs where gRPC is served, with their real ports. */
  public List<URI> urls() {
    return List.copyOf(urls);
  }

  /** The URLs where HTTP alone is served, with their real ports. */
  public List<URI> httpUrls() {
    return List.copyOf(httpUrls);
  }

  /**
   * Accepts no more connections and calls, waits for the running calls and requests, and cuts what
   * remains.
   *
   * @param grace how long running calls may take
   * @param endStreams ends the streams that never end by themselves; runs once no call can begin
   */
  public void stop(Duration grace, Runnable endStreams) {
    long end = System.nanoTime() + grace.toNanos();
    health.enterTerminalState();
    servers.forEach(Server::shutdown);
    httpListeners.forEach(HttpListener::stop);
    sockets.forEach(UnixSocket::remove);
    http.end();
    httpElsewhere.forEach(HttpConnections::end);
    endStreams.run();
    try {
      for (Server server : servers) {
        server.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
      http.await(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      for (HttpConnections served : httpElsewhere) {
        served.await(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    cut();
  }

  private void cut() {
    http.cut();
    httpElsewhere.forEach(HttpConnections::cut);
    servers.forEach(Server::shutdownNow);
    try {
      for (Server server : servers) {
        server.awaitTermination(CUT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
