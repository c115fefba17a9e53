package dev.rowan;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.grpc.ClientPort;
import dev.rowan.grpc.EventLoops;
import dev.rowan.grpc.GatewayChannel;
import dev.rowan.http.AccessRules;
import dev.rowan.http.Gateway;
import dev.rowan.http.HttpListener;
import dev.rowan.http.HttpPipeline;
import dev.rowan.http.HttpThreads;
import dev.rowan.http.Pages;
import dev.rowan.metrics.Metrics;
import io.grpc.ServerServiceDefinition;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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
  private List<URI> clientUrls = List.of();
  private List<InetSocketAddress> httpAddresses = List.of();

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
    EventLoops loops = part(EventLoops.open());
    Store store = part(openStore(config, metrics));
    services.addAll(
        store.services(config, () -> clientUrls(config).stream().map(URI::toString).toList()));
    streamEnds.add(store::endStreams);
    serveHttp(config, metrics, store, loops);
    ClientPort port =
        ClientPort.open(
            config.addresses().listen(),
            config.limits(),
            config.keepalive(),
            loops,
            services,
            metrics.rpc());
    clientUrls = port.urls();
    part(() -> port.stop(STOP_GRACE, () -> streamEnds.forEach(Runnable::run)));
  }

  private void serveHttp(ServerConfig config, Metrics metrics, Store store, EventLoops loops)
      throws StartException {
    List<URI> forMetrics = config.addresses().metrics();
    List<URI> forClients = config.http().listen();
    HttpThreads threads = part(HttpThreads.open());
    // This version raises no alarms.
    Pages pages = store.pages(List::of, threads);
    if (!forMetrics.isEmpty()) {
      part(HttpListener.open(forMetrics, loops, HttpPipeline.forMetrics(pages)));
    }
    if (!forClients.isEmpty()) {
      GatewayChannel channel = part(GatewayChannel.open(loops, services, metrics.rpc()));
      Gateway gateway =
          config.http().gateway()
              ? new Gateway(channel.channel(), config.limits().messageBytesMax(), threads)
              : null;
      // There are no users yet, so no certificate is one.
      AccessRules access =
          new AccessRules(config.http().origins(), config.http().hosts(), () -> false);
      var pipeline = HttpPipeline.forClients(pages, gateway, access);
      httpAddresses = part(HttpListener.open(forClients, loops, pipeline)).addresses();
    }
  }

  private static Store openStore(ServerConfig config, Metrics metrics) throws StartException {
    try {
      RevisionLog revisionLog = config.endpoint().open(!config.fsync());
      return new Store(revisionLog, config, metrics, Server::fatal);
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

  private List<URI> clientUrls(ServerConfig config) {
    List<URI> advertised = config.addresses().advertise();
    return advertised.isEmpty() ? clientUrls : advertised;
  }

  /** Where clients are served, with the ports as they were bound. */
  public List<URI> clientUrls() {
    return clientUrls;
  }

  /** Where clients are served over HTTP alone, with the ports as they were bound. */
  public List<InetSocketAddress> httpAddresses() {
    return httpAddresses;
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
