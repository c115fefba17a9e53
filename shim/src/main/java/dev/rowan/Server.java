package dev.rowan;

import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.dialects.Endpoint;
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
import dev.rowan.quorum.MemberFailure;
import dev.rowan.quorum.Quorum;
import dev.rowan.tls.TlsContexts;
import dev.rowan.tracing.Tracing;
import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
  private final CompletableFuture<Void> removed = new CompletableFuture<>();
  private volatile List<URI> clientUrls = List.of();

  private Server() {}

  /**
   * Starts an instance.
   *
   * @return once clients are served
   * @throws StartException if it cannot; what had been started is stopped
   */
  public static Server start(ServerConfig config) throws StartException {
    return start(config, new CompletableFuture<>());
  }

  /**
   * Likewise.
   *
   * @param stopAsked completed where the process is asked to stop, which ends the wait for a
   *     quorum's other members
   */
  static Server start(ServerConfig config, CompletableFuture<Void> stopAsked)
      throws StartException {
    var server = new Server();
    try {
      server.open(config, stopAsked);
      return server;
    } catch (StartException | RuntimeException e) {
      server.close();
      throw e instanceof StartException known ? known : new StartException("cannot start: " + e, e);
    }
  }

  private void open(ServerConfig config, CompletableFuture<Void> stopAsked) throws StartException {
    var metrics = new Metrics(Version.rowan(), config.slow().call(), config.slow().commit());
    if (config.extensiveMetrics()) {
      metrics.rpc().beExtensive();
    }
    EventLoops loops = part(EventLoops.open(config.addresses().reusePort()));
    CallTracers tracers = metrics.rpc();
    if (config.tracing() != null) {
      tracers = tracers.and(part(Tracing.open(config.tracing())));
    }
    Host host = new Host(() -> clientUrls(config), loops::current, Server::fatal);
    Quorum quorum = openQuorum(config, stopAsked);
    Store store = part(openStore(config, quorum, metrics, host));
    var made = new Services(store, config);
    services.addAll(made.all());
    streamEnds.add(() -> store.endStreams(STOP_GRACE));
    addLockAndElection(config, made);
    HttpThreads threads = part(HttpThreads.open());
    Pages pages = made.pages(threads);
    HttpPipeline http = http(config, tracers, made, pages, threads);
    TlsContexts tls = config.tls() == null ? null : part(TlsContexts.open(config.tls()));
    ClientPort port = ClientPort.open(portConfig(config, tls), loops, services, tracers, http);
    clientUrls = port.urls();
    part(() -> port.stop(STOP_GRACE, () -> streamEnds.forEach(Runnable::run)));
    var _ = port.serve(config.addresses().metrics(), HttpPipeline.forMetrics(pages));
    if (quorum != null) {
      // First of all at a stop: calls that still run are then the next leader's.
      part(quorum::handOver);
    }
  }

  private @Nullable Quorum openQuorum(ServerConfig config, CompletableFuture<Void> stopAsked)
      throws StartException {
    if (config.quorum() == null) {
      return null;
    }
    try {
      Quorum quorum = Quorum.open(config.quorum(), dataFile(config.endpoint()), stopAsked);
      quorum.whenEnded(() -> removed.complete(null), Server::fatal);
      return quorum;
    } catch (LogException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
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
      ServerConfig config, CallTracers tracers, Services made, Pages pages, HttpThreads threads)
      throws StartException {
    Gateway gateway =
        config.http().gateway()
            ? new Gateway(localChannel(config, tracers), config.limits().messageBytesMax(), threads)
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
      ServerConfig config, @Nullable Quorum quorum, Metrics metrics, Host host)
      throws StartException {
    try {
      RevisionLog log = quorum == null ? config.endpoint().open(!config.fsync()) : quorum.log();
      return new Store(log, quorum, config, metrics, host);
    } catch (LogException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /** A quorum's members have their data in files: anything else was refused with the options. */
  private static Path dataFile(Endpoint endpoint) {
    return ((Endpoint.Sqlite) endpoint).file();
  }

  /** Ends the process: what the store can no longer do may not be papered over. */
  private static void fatal(Throwable cause) {
    LOG.atError()
        .addMarker(Logging.FATAL)
        .setCause(cause)
        .log("the store cannot go on; the process ends");
    Runtime.getRuntime().halt(EXIT_FATAL);
  }

  /** Likewise, of a member whose part of the quorum's log can no longer be written. */
  private static void fatal(MemberFailure failure) {
    LOG.atError().addMarker(Logging.FATAL).log(failure.toString());
    Runtime.getRuntime().halt(EXIT_FATAL);
  }

  /** Completed where the others have removed this member of a quorum: it is to be stopped. */
  CompletableFuture<Void> removed() {
    return removed;
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
