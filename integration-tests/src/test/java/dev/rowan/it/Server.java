package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A running server and the port that it serves clients on. Closing it kills the process and deletes
 * its data: each etcd sets 128 MB aside, and tests start hundreds. Its log stays, below target.
 *
 * @param folder its data and its log
 */
public record Server(String name, ServerProcess process, int port, Path folder)
    implements AutoCloseable {
  private static final Path SERVERS =
      Path.of(System.getProperty("rowan.servers", "target/servers")).toAbsolutePath();

  /** A new empty folder for a server's data and log. */
  public static Path newFolder(String name) {
    try {
      Files.createDirectories(SERVERS);
      return Files.createTempDirectory(SERVERS, name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new client of it. */
  public Client client() {
    return Client.connect(port);
  }

  /** Kills it and starts it again with the same data and port. */
  public void killAndStartAgain() {
    process.kill();
    process.startAgain();
  }

  @Override
  public void close() {
    process.close();
    deleteData(folder);
  }

  private static void deleteData(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder) && !file.equals(folder.resolve("log"))) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
