package dev.rowan;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A short run of a whole server on a temporary store, or of a quorum's three members, under a real
 * client's load, from which the JVM learns what to keep in its cache for later starts. The launcher
 * runs it once a build, when such a server is started first.
 *
 * <p>The load comes from a process of its own: in the server's, gRPC's client would blur what is
 * learned of the classes that it shares with the server, and take room in the cache.
 */
final class Warmup {
  private static final long DEADLINE_SECONDS = 120;
  private static final int MEMBERS = 3;

  /** What a load is like: clients that make, read, change and delete some objects each. */
  private record Load(int clients, int objects) {}

  /** Many clients at once make large batches, as under load. */
  private static final Load ALONE = new Load(64, 15);

  /**
   * What a put costs a quorum is mostly what an append costs: few clients make many appends, and
   * many make each a large one.
   */
  private static final Load QUORUM = new Load(6, 200);

  private Warmup() {}

  /** Takes which of them: alone, or quorum. */
  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("rowan-warmup");
    try {
      commandLine();
      switch (args[0]) {
        case "alone" -> alone(directory);
        case "quorum" -> quorum(directory);
        default -> throw new IllegalArgumentException(args[0]);
      }
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

  private static void alone(Path directory) throws Exception {
    ServerConfig config =
        config(
            "--data-dir=" + directory.resolve("data"),
            "--listen-client-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync");
    Logging.configure(config.log());
    try (Server server = Server.start(config)) {
      load(ALONE, List.of(server));
    }
  }

  /** Three members, so that one of them leads and two follow. */
  private static void quorum(Path directory) throws Exception {
    List<String> peers = new ArrayList<>();
    for (int port : freePorts(MEMBERS)) {
      peers.add("http://127.0.0.1:" + port);
    }
    String cluster =
        IntStream.range(0, MEMBERS)
            .mapToObj(i -> "m" + i + "=" + peers.get(i))
            .collect(Collectors.joining(","));
    List<Server> servers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Server>> starting = new ArrayList<>();
      for (int i = 0; i < MEMBERS; i++) {
        ServerConfig config =
            config(
                "--name=m" + i,
                "--data-dir=" + directory.resolve("m" + i),
                "--listen-client-urls=http://127.0.0.1:0",
                "--listen-peer-urls=" + peers.get(i),
                "--initial-cluster=" + cluster);
        starting.add(threads.submit(() -> Server.start(config)));
      }
      for (Future<Server> started : starting) {
        servers.add(started.get());
      }
      load(QUORUM, servers);
    } finally {
      servers.forEach(Server::close);
    }
  }

  private static int[] freePorts(int number) throws IOException {
    int[] ports = new int[number];
    List<ServerSocket> open = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      open.add(socket);
      ports[i] = socket.getLocalPort();
    }
    for (ServerSocket socket : open) {
      socket.close();
    }
    return ports;
  }

  private static ServerConfig config(String... options) throws UsageException {
    if (!(CommandLine.parse(List.of(options), Map.of(), false) instanceof Request.Serve serve)) {
      throw new IllegalStateException("these options serve");
    }
    return serve.config();
  }

  private static void load(Load what, List<Server> servers)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                WarmupLoad.class.getName(),
                Integer.toString(what.clients()),
                Integer.toString(what.objects())));
    servers.forEach(server -> command.add(server.clientUrls().getFirst().getAuthority()));
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
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
