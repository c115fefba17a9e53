package dev.rowan.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Builds the programs of the Go modules, each once, and again only if a module is newer. Safe for
 * concurrent use.
 */
public final class GoBinaries {
  private static final Path MODULE = folder("rowan.go.module", "go");
  private static final Path BINARIES = folder("rowan.go.bin", "target/go-bin");

  private GoBinaries() {}

  /**
   * The path of a built program. Without Go the calling test is skipped, except where {@code
   * CI=true} says that everything must run.
   */
  public static synchronized Path path(GoProgram program) {
    Path binary = BINARIES.resolve(program.file);
    try {
      if (!isUpToDate(binary)) {
        requireGo(program);
        buildOnce(program, binary);
      }
      return binary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path folder(String property, String otherwise) {
    return Path.of(System.getProperty(property, otherwise)).toAbsolutePath().normalize();
  }

  private static boolean isUpToDate(Path binary) throws IOException {
    return Files.exists(binary) && Files.getLastModifiedTime(binary).compareTo(newestSource()) > 0;
  }

  private static FileTime newestSource() throws IOException {
    try (Stream<Path> files = Files.walk(MODULE)) {
      return files
          .filter(Files::isRegularFile)
          .map(GoBinaries::modified)
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireGo(GoProgram program) {
    String path = System.getenv().getOrDefault("PATH", "");
    boolean found =
        Stream.of(path.split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go")));
    String problem = "Go is not on the PATH, which builds " + program.file;
    if (!found && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(problem);
    }
    Assumptions.assumeTrue(found, problem);
  }

  /** Go would do all of it twice if two JVMs had it build the same at once: one waits. */
  private static void buildOnce(GoProgram program, Path binary) throws IOException {
    Files.createDirectories(BINARIES);
    try (FileChannel channel =
            FileChannel.open(
                BINARIES.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = channel.lock()) {
      if (!isUpToDate(binary)) {
        build(program, binary);
      }
    }
  }

  /** Builds beside the final place and moves it there whole: who reads doesn't lock. */
  private static void build(GoProgram program, Path binary) throws IOException {
    Path built = Files.createTempFile(BINARIES, program.file, ".building");
    Process process =
        new ProcessBuilder(
                List.of(
                    "go", "build", "-buildvcs=false", "-o", built.toString(), program.goPackage))
            .directory(MODULE.resolve(program.module).toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      Files.delete(built);
      throw new IllegalStateException("go build " + program.goPackage + ":\n" + output);
    }
    Files.move(built, binary, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
