package dev.rowan;

import dev.rowan.Options.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A short run of a whole server on a temporary store, under a real client's load, from which the
 * JVM learns what to keep in its cache for later starts. The launcher runs it once a build.
 *
 * <p>The load comes from a process of its own: in the server's, gRPC's client would blur what is
 * learned of the classes that it shares with the server, and take room in the cache.
 */
final class Warmup {
  private static final long DEADLINE_SECONDS = 120;

  private Warmup() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("rowan-warmup");
    try {
      commandLine();
      run(directory);
    } finally {
      delete(directory);
    }
    System.exit(0);
  }

  /**
   * The paths of the command line that end at once, errors too: a class that was seen but not
   * linked is left out of the cache, and with it every class whose code mentions it.
   */
  private static void commandLine() throws InterruptedException {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (String argument : List.of("--version", "--help", "--unknown", "--name", "argument")) {
      var _ = Main.run(List.of(argument), Map.of(), nowhere, nowhere);
    }
  }

  private static void run(Path directory) throws Exception {
    List<String> options =
        List.of(
            "--data-dir=" + directory.resolve("data"),
            "--listen-client-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync");
    if (!(Options.parse(options, Map.of(), false) instanceof Request.Serve serve)) {
      throw new IllegalStateException("these options serve");
    }
    Logging.configure(serve.config().log());
    try (Server server = Server.start(serve.config())) {
      load(server.clientUrls().getFirst().getAuthority());
    }
  }

  private static void load(String target) throws IOException, InterruptedException {
    Process load =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                WarmupLoad.class.getName(),
                target)
            .inheritIO()
            .start();
    if (!load.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || load.exitValue() != 0) {
      load.destroyForcibly();
      throw new IllegalStateException("the load did not end well");
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
