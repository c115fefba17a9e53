package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Rowan's launcher script, as users start Rowan by it. In the repository it would build, below the
 * build that runs the tests; so it runs in a folder that has the script and what is built, and no
 * sources. The JVMs that tests run in share the folder, and with it what the first start prepares.
 */
public final class Launcher {
  private static final Path DIST =
      Path.of(System.getProperty("rowan.dist", "../shim/target/dist")).toAbsolutePath().normalize();

  private static final Path FOLDERS = Path.of("target", "launcher").toAbsolutePath();

  private Launcher() {}

  /** A server over a new SQLite file; returns when it serves. */
  public static Server start() {
    Path folder = Server.newFolder("launcher");
    int port = Ports.free();
    List<String> command =
        command(
            List.of(),
            List.of(
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=http://127.0.0.1:" + port));
    ServerProcess process = ServerProcess.start(command, folder.resolve("log"));
    return new Server("launcher", process.awaitReady(), port, folder);
  }

  /** The script, in a folder that has what it starts. */
  public static Path script() {
    return Once.SCRIPT;
  }

  /** The command that starts Rowan, with more flags of the JVM's. */
  static List<String> command(List<String> jvm, List<String> arguments) {
    List<String> command = new ArrayList<>();
    if (!jvm.isEmpty()) {
      command.addAll(List.of("env", "ROWAN_JAVA_OPTS=" + String.join(" ", jvm)));
    }
    command.add(Once.SCRIPT.toString());
    command.addAll(arguments);
    return command;
  }

  /** The folder's making, once a JVM. */
  private static final class Once {
    static final Path SCRIPT = make();

    private static Path make() {
      Assumptions.assumeTrue(
          Files.exists(DIST.resolve("rowan.jar")), "the server is not packaged: " + DIST);
      try {
        Files.createDirectories(FOLDERS);
        try (FileChannel channel =
                FileChannel.open(
                    FOLDERS.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock _ = channel.lock()) {
          Path folder = FOLDERS.resolve(Long.toString(built()));
          return Files.exists(folder) ? folder.resolve("rowan") : fill(folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** When the newest of what is packaged was built: another build gets another folder. */
    private static long built() throws IOException {
      long newest = 0;
      try (Stream<Path> files = Files.walk(DIST, 2)) {
        for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
          newest = Math.max(newest, Files.getLastModifiedTime(jar).toMillis());
        }
      }
      return newest;
    }

    private static Path fill(Path folder) throws IOException {
      Path root = DIST.resolve("../../..").normalize();
      Path filling = Files.createTempDirectory(FOLDERS, "filling");
      Path copy = Files.createDirectories(filling.resolve("shim/target/dist"));
      Files.copy(DIST.resolve("rowan.jar"), copy.resolve("rowan.jar"));
      for (String file : List.of("launch.sh", "jvm.options")) {
        Files.copy(DIST.resolve(file), copy.resolve(file));
      }
      Files.createSymbolicLink(copy.resolve("lib"), DIST.resolve("lib"));
      Files.createSymbolicLink(copy.resolve("native"), DIST.resolve("native"));
      Path settings = Files.createDirectory(filling.resolve(".mvn"));
      Files.copy(root.resolve(".mvn/jdk.sh"), settings.resolve("jdk.sh"));
      Files.createFile(copy.resolve("built"));
      Files.copy(
          root.resolve("rowan"), filling.resolve("rowan"), StandardCopyOption.COPY_ATTRIBUTES);
      Files.move(filling, folder, StandardCopyOption.ATOMIC_MOVE);
      prepare(folder, "--version");
      prepare(folder, "--version", "--initial-cluster=");
      return folder.resolve("rowan");
    }

    /**
     * What the first start of each kind does for later ones: no test's server is to wait for it.
     */
    private static void prepare(Path folder, String... arguments) throws IOException {
      List<String> command = new ArrayList<>(List.of(folder.resolve("rowan").toString()));
      command.addAll(List.of(arguments));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("prepared").toFile())
              .start();
      int status = process.onExit().join().exitValue();
      if (status != 0) {
        throw new IOException(
            command
                + " ended with "
                + status
                + "\n"
                + Files.readString(folder.resolve("prepared")));
      }
    }
  }
}
