package dev.rowan.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a server's /metrics said at one time.
 *
 * @param series each series as it stands there, with its labels, and its value
 * @param types each metric's name and type
 */
public record Scrape(Map<String, Double> series, Map<String, String> types) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String TYPE = "# TYPE ";

  /** Asks for the metrics on a port of this machine. */
  public static Scrape of(int port) {
    return parse(ask(port, "/metrics"));
  }

  /** Asks for any page. */
  public static String ask(int port, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
    try {
      return HTTP.send(request, BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Scrape parse(String text) {
    Map<String, Double> series = new HashMap<>();
    Map<String, String> types = new TreeMap<>();
    for (String line : text.lines().toList()) {
      int space = line.lastIndexOf(' ');
      if (line.startsWith(TYPE)) {
        types.put(line.substring(TYPE.length(), space), line.substring(space + 1));
      } else if (!line.startsWith("#") && space > 0) {
        series.put(line.substring(0, space), number(line.substring(space + 1)));
      }
    }
    return new Scrape(series, types);
  }

  private static double number(String text) {
    return text.endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  /** The value of a series, which must be there. */
  public double value(String name) {
    Double value = series.get(name);
    if (value == null) {
      throw new IllegalStateException("no series " + name);
    }
    return value;
  }

  /** The names of the metrics. */
  public Set<String> names() {
    return types.keySet();
  }
}
