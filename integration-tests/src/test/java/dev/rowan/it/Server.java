package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A running server and the port that it serves clients on. Closing it kills the process; its folder
 * stays below target for a look at the log.
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
  }
}
