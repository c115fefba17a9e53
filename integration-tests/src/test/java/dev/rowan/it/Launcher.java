package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * Starts Rowan by its launcher script. In the repository the script would build, below the build
 * that runs this test; so it runs in a folder that has the script and what is built, and no
 * sources.
 */
public final class Launcher {
  private Launcher() {}

  /** A server over a new SQLite file; returns when it serves. */
  public static Server start() {
    Path folder = Server.newFolder("launcher");
    int port = Ports.free();
    List<String> command =
        List.of(
            copyTo(folder).toString(),
            "--data-dir=" + folder.resolve("data"),
            "--listen-client-urls=http://127.0.0.1:" + port);
    ServerProcess process = ServerProcess.start(command, folder.resolve("log"));
    return new Server("launcher", process.awaitReady(), port, folder);
  }

  private static Path copyTo(Path folder) {
    Path dist =
        Path.of(System.getProperty("rowan.dist", "../shim/target/dist"))
            .toAbsolutePath()
            .normalize();
    Assumptions.assumeTrue(Files.exists(dist), "the server is not packaged: " + dist);
    Path root = dist.resolve("../../..").normalize();
    try {
      Path copy = Files.createDirectories(folder.resolve("shim/target/dist"));
      Files.copy(dist.resolve("rowan.jar"), copy.resolve("rowan.jar"));
      Files.createSymbolicLink(copy.resolve("lib"), dist.resolve("lib"));
      Path settings = Files.createDirectory(folder.resolve(".mvn"));
      Files.copy(root.resolve(".mvn/jdk.sh"), settings.resolve("jdk.sh"));
      Files.createFile(copy.resolve("built"));
      return Files.copy(
          root.resolve("rowan"), folder.resolve("rowan"), StandardCopyOption.COPY_ATTRIBUTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
