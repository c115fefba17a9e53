package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A PgBouncer in transaction mode before a PostgreSQL on this machine, which hands out the server's
 * connections in turn, so that no client has the same one for long. Not thread-safe.
 */
public final class PgBouncer implements AutoCloseable {
  private static final String READY = "process up";

  private final ServerProcess process;
  private final int port;

  private PgBouncer(ServerProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * The program and the libraries that it needs beside those of this machine: from the machine
   * itself, or else from its distribution's packages, which are fetched once and kept in the user's
   * cache.
   */
  private static final class Program {
    private static final String NAME = "pgbouncer";
    private static final Path INSTALLED = Path.of("/usr/sbin", NAME);
    private static final Path CACHE =
        Path.of(
            System.getProperty(
                "rowan.cache", System.getProperty("user.home") + "/.cache/rowan-tests"),
            NAME);

    /** Empty if there is none, for the reason that was printed. */
    static final List<String> COMMAND = command();

    private static List<String> command() {
      if (Files.isExecutable(INSTALLED)) {
        return List.of(INSTALLED.toString());
      }
      Path kept = CACHE.resolve("root");
      try {
        if (!Files.isExecutable(kept.resolve("usr/sbin").resolve(NAME))) {
          fetch(kept);
        }
        try (Stream<Path> files = Files.walk(kept.resolve("usr"))) {
          List<String> libraries =
              files
                  .filter(file -> file.getFileName().toString().contains(".so."))
                  .map(file -> Objects.requireNonNull(file.getParent()).toString())
                  .distinct()
                  .toList();
          return List.of(
              "env",
              "LD_LIBRARY_PATH=" + String.join(":", libraries),
              kept.resolve("usr/sbin").resolve(NAME).toString());
        }
      } catch (IOException e) {
        System.out.println("no PgBouncer: " + e.getMessage());
        return List.of();
      }
    }

    /** Unpacks beside the final place and moves it there whole. */
    private static void fetch(Path to) throws IOException {
      Files.createDirectories(CACHE);
      Path folder = Files.createTempDirectory(CACHE, "fetching-");
      Path root = Files.createDirectory(folder.resolve("root"));
      run(folder, "apt-get", "download", NAME);
      for (String library : missing(only(folder))) {
        run(folder, "apt-get", "download", library);
      }
      try (Stream<Path> packages = Files.list(folder)) {
        for (Path each : packages.filter(file -> file.toString().endsWith(".deb")).toList()) {
          run(folder, "dpkg-deb", "--extract", each.toString(), root.toString());
        }
      }
      run(folder, "rm", "-rf", to.toString());
      Files.move(root, to);
      run(CACHE, "rm", "-rf", folder.toString());
    }

    private static Path only(Path folder) throws IOException {
      try (Stream<Path> files = Files.list(folder)) {
        return files.filter(file -> file.toString().endsWith(".deb")).findFirst().orElseThrow();
      }
    }

    /** The packages of libraries that a package depends on and that are not installed. */
    private static List<String> missing(Path of) throws IOException {
      List<String> missing = new ArrayList<>();
      String depends = run(CACHE, "dpkg-deb", "--field", of.toString(), "Depends");
      for (String dependency : depends.split("[,|]", -1)) {
        String name = dependency.strip().replaceAll("[ (:].*", "");
        if (name.startsWith("lib") && !isInstalled(name)) {
          missing.add(name);
        }
      }
      return missing;
    }

    private static boolean isInstalled(String name) throws IOException {
      return new ProcessBuilder("dpkg", "--status", name)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .onExit()
              .join()
              .exitValue()
          == 0;
    }

    private static String run(Path folder, String... command) throws IOException {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.onExit().join().exitValue() != 0) {
        throw new IOException(Arrays.toString(command) + ": " + output.strip());
      }
      return output;
    }
  }

  /**
   * Starts one before the server of an endpoint; returns when it serves. Where no PgBouncer can be
   * had, the calling test is skipped.
   *
   * @param poolSize connections that it has to the server for each database at most
   */
  public static PgBouncer before(String endpoint, int poolSize) {
    Assumptions.assumeFalse(
        Program.COMMAND.isEmpty(),
        "PgBouncer is not installed, and apt-get download does not give it; see the output");
    int port = Ports.free();
    Path folder = Server.newFolder("pgbouncer");
    try {
      Path users = Files.writeString(folder.resolve("users"), "\"postgres\" \"\"\n");
      String settings =
          """
          [databases]
          * = host=127.0.0.1 port=%d
          [pgbouncer]
          listen_addr = 127.0.0.1
          listen_port = %d
          unix_socket_dir =
          auth_type = trust
          auth_file = %s
          pool_mode = transaction
          default_pool_size = %d
          server_round_robin = 1
          """
              .formatted(portOf(endpoint), port, users, poolSize);
      List<String> command = new ArrayList<>();
      if (System.getProperty("user.name").equals("root")) {
        // It refuses to run as root, as PostgreSQL does.
        command.addAll(List.of("unshare", "--user"));
      }
      command.addAll(Program.COMMAND);
      command.add(Files.writeString(folder.resolve("settings"), settings).toString());
      ServerProcess process = ServerProcess.start(command, folder.resolve("log"), READY);
      return new PgBouncer(process.awaitReady(), port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int portOf(String endpoint) {
    return Integer.parseInt(endpoint.replaceAll(".*:(\\d+)/.*", "$1"));
  }

  /** The endpoint of the same database through it. */
  public String endpoint(String direct) {
    return direct.replaceAll(":\\d+/", ":" + port + "/");
  }

  /** Kills it, and every connection with it. */
  public void kill() {
    process.killTree();
  }

  /** Starts it again on the same port; returns when it serves. */
  public void startAgain() {
    process.startAgain();
  }

  /** All that it has logged. */
  public String log() {
    return process.log();
  }

  @Override
  public void close() {
    process.killTree();
  }
}
