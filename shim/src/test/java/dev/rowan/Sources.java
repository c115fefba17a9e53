package dev.rowan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The project's own Java files, for tests that read them. */
final class Sources {
  /** The project's folder: tests run in their module's. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final List<String> MODULES =
      List.of("proto", "migrations", "dialects", "raft", "shim", "packaging", "integration-tests");

  private Sources() {}

  /** Those of the server and of what it is made of. */
  static List<Path> main() throws IOException {
    return files("src/main/java");
  }

  /** Those and the tests'. */
  static List<Path> all() throws IOException {
    List<Path> all = new ArrayList<>(main());
    all.addAll(files("src/test/java"));
    return all;
  }

  private static List<Path> files(String folder) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module : MODULES) {
      Path root = ROOT.resolve(module).resolve(folder);
      if (Files.exists(root)) {
        try (Stream<Path> files = Files.walk(root)) {
          files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
        }
      }
    }
    return found;
  }

  /** A source file's class: {@code Sequencer}. */
  static String simpleName(Path source) {
    String name = source.getFileName().toString();
    return name.substring(0, name.length() - ".java".length());
  }

  /** A source file's class with its package: {@code dev.rowan.mvcc.Sequencer}. */
  static String qualifiedName(Path source) {
    String path = source.toString();
    String inFolder = path.substring(path.indexOf("/java/") + "/java/".length());
    return inFolder.substring(0, inFolder.length() - ".java".length()).replace('/', '.');
  }
}
