package dev.rowan;

import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.grpc.CallTracers;
import dev.rowan.grpc.ClientPort;
import dev.rowan.grpc.EventLoops;
import dev.rowan.grpc.LocalChannel;
import dev.rowan.grpc.PortConfig;
import dev.rowan.http.AccessRules;
import dev.rowan.http.Gateway;
import dev.rowan.http.HttpPipeline;
import dev.rowan.http.HttpThreads;
import dev.rowan.http.Pages;
import dev.rowan.lock.ElectionService;
import dev.rowan.lock.LockService;
import dev.rowan.metrics.Metrics;
import dev.rowan.tls.TlsContexts;
import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running instance: the wiring of its parts. They are started from the store upwards, so that
 * the port opens last, and closed in the opposite order. Started and closed by one thread.
 */
public final class Server implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  /** How long running calls may take after a signal; etcd's. */
  private static final Duration STOP_GRACE = Duration.ofSeconds(7);

  /** Exit code of a process that cannot go on. */
  private static final int EXIT_FATAL = 1;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<ServerServiceDefinition> services = new ArrayList<>();
  private final List<Runnable> streamEnds = new ArrayList<>();
  private volatile List<URI> clientUrls = List.of();

  private Server() {}

  /**
   * Starts an instance.
   *
   * @return once clients are served
   * @throws StartException if it cannot; what had been started is stopped
   */
  public static Server start(ServerConfig config) throws StartException {
    var server = new Server();
    try {
      server.open(config);
      return server;
    } catch (StartException | RuntimeException e) {
      server.close();
      throw e instanceof StartException known ? known : new StartException("cannot start: " + e, e);
    }
  }

  private void open(ServerConfig config) throws StartException {
    var metrics = new Metrics(Version.rowan());
    if (config.extensiveMetrics()) {
      metrics.rpc().beExtensive();
    }
    EventLoops loops = part(EventLoops.open(config.addresses().reusePort()));
    Store store = part(openStore(config, metrics, () -> clientUrls(config), loops));
    var made = new Services(store, config);
    services.addAll(made.all());
    streamEnds.add(() -> store.endStreams(STOP_GRACE));
    addLockAndElection(config, made);
    HttpThreads threads = part(HttpThreads.open());
    Pages pages = made.pages(threads);
    HttpPipeline http = http(config, metrics, made, pages, threads);
    TlsContexts tls = config.tls() == null ? null : part(TlsContexts.open(config.tls()));
    ClientPort port =
        ClientPort.open(portConfig(config, tls), loops, services, metrics.rpc(), http);
    clientUrls = port.urls();
    part(() -> port.stop(STOP_GRACE, () -> streamEnds.forEach(Runnable::run)));
    var _ = port.serve(config.addresses().metrics(), HttpPipeline.forMetrics(pages));
  }

  /** Two services that are clients of the others, on behalf of whoever calls them. */
  private void addLockAndElection(ServerConfig config, Services made) throws StartException {
    Channel channel = localChannel(config, CallTracers.none());
    services.add(made.guarded(new LockService(channel).bindService()));
    services.add(made.guarded(new ElectionService(channel).bindService()));
  }

  private Channel localChannel(ServerConfig config, CallTracers tracers) throws StartException {
    int messageBytesMax = config.limits().messageBytesMax();
    return part(LocalChannel.open(services, messageBytesMax, tracers, new ForwardedCredentials()))
        .channel();
  }

  private HttpPipeline http(
      ServerConfig config, Metrics metrics, Services made, Pages pages, HttpThreads threads)
      throws StartException {
    Gateway gateway =
        config.http().gateway()
            ? new Gateway(
                localChannel(config, metrics.rpc()), config.limits().messageBytesMax(), threads)
            : null;
    AccessRules access =
        new AccessRules(
            config.http().origins(),
            config.http().hosts(),
            () -> config.auth().certificatesNameUsers() && made.authEnabled());
    return HttpPipeline.forClients(pages, gateway, access);
  }

  private static PortConfig portConfig(ServerConfig config, @Nullable TlsContexts tls) {
    ServerConfig.Addresses addresses = config.addresses();
    return new PortConfig(
        addresses.listen(),
        addresses.http(),
        tls,
        config.limits(),
        config.keepalive(),
        ClientPort.BEGIN_MAX);
  }

  private static Store openStore(
      ServerConfig config, Metrics metrics, Supplier<List<String>> clientUrls, EventLoops loops)
      throws StartException {
    try {
      RevisionLog revisionLog = config.endpoint().open(!config.fsync());
      return new Store(
          revisionLog, config, metrics, new Host(clientUrls, loops::current, Server::fatal));
    } catch (LogException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Ends the process: what the store can no longer do may not be papered over. */
  private static void fatal(Throwable cause) {
    LOG.atError()
        .addMarker(Logging.FATAL)
        .setCause(cause)
        .log("the store cannot go on; the process ends");
    Runtime.getRuntime().halt(EXIT_FATAL);
  }

  /** Until the port is open, those that it is to have. */
  private List<String> clientUrls(ServerConfig config) {
    List<URI> advertised = config.addresses().advertise();
    List<URI> served = clientUrls.isEmpty() ? config.addresses().listen() : clientUrls;
    return (advertised.isEmpty() ? served : advertised).stream().map(URI::toString).toList();
  }

  /** Where clients are served, with the ports as they were bound. */
  public List<URI> clientUrls() {
    return clientUrls;
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.push(part);
    return part;
  }

  /** Stops serving, waits for running calls for at most seven seconds, and closes every part. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        // The others are still to be closed.
        LOG.atError().setCause(e).log("a part of the server did not close");
      }
    }
  }
}
