package dev.rowan.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rowan.StartException;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves /metrics and /health on addresses of their own, so that they answer whatever the clients'
 * port does. The JDK's server, with one virtual thread a request.
 */
public final class MetricsListener implements AutoCloseable {
  /** Seconds that a client may take to send a request; without it, one could hold a thread. */
  private static final String REQUEST_SECONDS_MAX = "10";

  private static final String JSON = "application/json";
  private static final int QUEUE_DEFAULT = 0;

  private final List<HttpServer> servers = new ArrayList<>();
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final PrometheusRegistry registry;

  private MetricsListener(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /**
   * Listens on every URL.
   *
   * @throws StartException naming the URL that cannot be listened on
   */
  public static MetricsListener open(List<URI> urls, PrometheusRegistry registry)
      throws StartException {
    System.setProperty("sun.net.httpserver.maxReqTime", REQUEST_SECONDS_MAX);
    var listener = new MetricsListener(registry);
    for (URI url : urls) {
      try {
        listener.listen(url);
      } catch (IOException | RuntimeException e) {
        listener.close();
        throw new StartException("cannot listen on " + url + ": " + e.getMessage(), e);
      }
    }
    return listener;
  }

  private void listen(URI url) throws IOException {
    var address = new InetSocketAddress(url.getHost(), url.getPort());
    HttpServer server = HttpServer.create(address, QUEUE_DEFAULT);
    server.setExecutor(requests);
    server.createContext("/", this::answer);
    server.start();
    servers.add(server);
  }

  /** Where it listens, with the ports as they were bound. */
  public List<InetSocketAddress> addresses() {
    return servers.stream().map(HttpServer::getAddress).toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (!path.equals("/metrics") && !path.equals("/health")) {
        reply(exchange, 404, "text/plain; charset=utf-8", bytes("404 page not found\n"));
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        reply(exchange, 405, "text/plain; charset=utf-8", bytes("Method Not Allowed\n"));
      } else if (path.equals("/metrics")) {
        reply(exchange, 200, writer.getContentType(), metrics());
      } else {
        reply(exchange, 200, JSON, bytes("{\"health\":\"true\",\"reason\":\"\"}"));
      }
    }
  }

  private byte[] metrics() throws IOException {
    var text = new ByteArrayOutputStream();
    writer.write(text, registry.scrape());
    return text.toByteArray();
  }

  private static void reply(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    requests.close();
  }
}
