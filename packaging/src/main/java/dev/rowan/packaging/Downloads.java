package dev.rowan.packaging;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What comes from public registries by HTTPS.
 *
 * @param folder where files that are known by their digest are kept for later builds
 */
record Downloads(Path folder) {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(20);
  private static final int HTTP_PORT = 80;
  private static final int ATTEMPTS_MAX = 3;
  private static final int PAUSE_SECONDS = 3;
  private static final Duration ANSWER_MAX = Duration.ofMinutes(5);

  /** A registry that can't be reached, or has not what is asked for. */
  static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1;

    private Unreachable(URI from, String problem) {
      super("cannot get " + from + ": " + problem);
    }
  }

  /** A file of that digest, from there unless it is here. */
  Path file(URI from, String sha256) throws IOException, InterruptedException {
    Path file = folder.resolve(sha256);
    if (!Files.exists(file) || !digest(Files.readAllBytes(file)).equals(sha256)) {
      byte[] content = content(from);
      if (!digest(content).equals(sha256)) {
        throw new IOException(from + " has the SHA-256 " + digest(content) + ", not " + sha256);
      }
      Files.createDirectories(folder);
      Path whole = Files.write(Files.createTempFile(folder, "download", null), content);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is there now; tried again, since registries have their moments. */
  byte[] content(URI from) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return contentOnce(from);
      } catch (Unreachable e) {
        if (attempt == ATTEMPTS_MAX) {
          throw e;
        }
        TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
      }
    }
  }

  private static byte[] contentOnce(URI from) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(from).timeout(ANSWER_MAX).build();
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_MAX)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(proxy(System.getenv()))
            .build()) {
      HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new Unreachable(from, "status " + response.statusCode());
      }
      return response.body();
    } catch (IOException e) {
      throw e instanceof Unreachable known ? known : new Unreachable(from, e.toString());
    }
  }

  /**
   * That of the environment, for all hosts and without a password; Java looks at its own properties
   * only.
   */
  static ProxySelector proxy(Map<String, String> environment) {
    String url = environment.getOrDefault("HTTPS_PROXY", "");
    url = url.isEmpty() ? environment.getOrDefault("https_proxy", "") : url;
    if (url.isEmpty()) {
      return ProxySelector.getDefault();
    }
    URI proxy = URI.create(url.contains("://") ? url : "http://" + url);
    int port = proxy.getPort() < 0 ? HTTP_PORT : proxy.getPort();
    return ProxySelector.of(new InetSocketAddress(proxy.getHost(), port));
  }
}
