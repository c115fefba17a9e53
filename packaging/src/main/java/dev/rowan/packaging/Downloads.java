package dev.rowan.packaging;

import java.io.IOException;
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

/**
 * What comes from public registries by HTTPS.
 *
 * @param folder where files that are known by their digest are kept for later builds
 */
record Downloads(Path folder) {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(20);
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
    if (!Files.exists(file)) {
      byte[] content = content(from);
      String digest = HexFormat.of().formatHex(sha256().digest(content));
      if (!digest.equals(sha256)) {
        throw new IOException(from + " has the SHA-256 " + digest + ", not " + sha256);
      }
      Files.createDirectories(folder);
      Path whole = Files.write(Files.createTempFile(folder, "download", null), content);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }

  /** What is there now. */
  byte[] content(URI from) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(from).timeout(ANSWER_MAX).build();
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_MAX)
            .followRedirects(HttpClient.Redirect.NORMAL)
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

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
