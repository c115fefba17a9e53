package dev.rowan.it.packaging;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The packages that the build made, and programs that look at them. */
final class Packages {
  private static final Path FOLDER =
      Path.of(System.getProperty("rowan.packages", "../packaging/target"))
          .toAbsolutePath()
          .normalize();

  private Packages() {}

  static Path distribution() {
    return find("-linux-" + machine() + ".tar.gz");
  }

  static Path image() {
    return find("-linux-" + machine() + "-image.tar");
  }

  /** The image for machines of the kind that this isn't. */
  static Path othersImage() {
    return find("-linux-" + other() + "-image.tar");
  }

  /** The distribution for them. */
  static Path othersDistribution() {
    return find("-linux-" + other() + ".tar.gz");
  }

  /** What runs their programs here. */
  static Path emulator() {
    return find(other().equals("arm64") ? "qemu-aarch64" : "qemu-x86_64");
  }

  /** This machine's name in packages. */
  static String machine() {
    return System.getProperty("os.arch", "").equals("aarch64") ? "arm64" : "amd64";
  }

  /** Their name in packages. */
  static String other() {
    return machine().equals("amd64") ? "arm64" : "amd64";
  }

  private static Path find(String end) {
    List<Path> found = List.of();
    if (Files.exists(FOLDER)) {
      try (Stream<Path> files = Files.list(FOLDER)) {
        found = files.filter(file -> file.toString().endsWith(end)).toList();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    String problem = "not packaged: " + FOLDER + "/*" + end;
    if (found.size() != 1 && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(problem);
    }
    Assumptions.assumeTrue(found.size() == 1, problem);
    return found.getFirst();
  }

  static void unpack(Path tar, Path folder) throws IOException {
    run(List.of("tar", "-xpf", tar.toString(), "-C", folder.toString()));
  }

  /** Deletes a folder, unless it is the one where this runs: that of no package. */
  static void delete(Path folder) throws IOException {
    if (!folder.isAbsolute() || !Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Runs a program to its end and returns what it printed; it has to end well. */
  static String run(List<String> command) throws IOException {
    return run(Path.of("."), command);
  }

  static String run(Path folder, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.onExit().join().exitValue();
    if (status != 0) {
      throw new IOException(command + " ended with " + status + "\n" + output);
    }
    return output;
  }

  /** Runs etcdctl to its end and returns what it printed; it has to end well. */
  static String etcdctl(Path where, String endpoint, String... arguments) throws IOException {
    return run(
        where,
        Stream.concat(
                Stream.of(GoBinaries.path(GoProgram.ETCDCTL).toString(), "--endpoints=" + endpoint),
                Stream.of(arguments))
            .toList());
  }

  /** A command in an environment that has nothing but this. */
  static List<String> bare(List<String> variables, List<String> command) {
    List<String> all = new ArrayList<>(List.of("env", "-i", "PATH=/usr/bin:/bin"));
    all.addAll(variables);
    all.addAll(command);
    return all;
  }
}
