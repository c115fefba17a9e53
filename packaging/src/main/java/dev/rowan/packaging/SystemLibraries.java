package dev.rowan.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The C library as far as a distribution needs it, from the machine that builds. */
final class SystemLibraries {
  /** What ldd says of a library that was found, or of the one that loads the others. */
  private static final Pattern FOUND = Pattern.compile("(?m)(?:=>\\s+|^\\s+)(/\\S+) \\(0x");

  private SystemLibraries() {}

  /** The libraries from outside of the folder that those in it are linked with. */
  static List<Entry> of(Path folder) throws IOException, InterruptedException {
    Map<String, Entry> libraries = new TreeMap<>();
    Path runtime = folder.resolve("runtime/lib");
    // The JVM has these loaded before it loads others that need them.
    String own = runtime + File.pathSeparator + runtime.resolve("server");
    for (Path binary : binaries(folder)) {
      String said =
          Command.run(
              folder,
              Map.of("LC_ALL", "C", "LD_LIBRARY_PATH", own),
              List.of("ldd", binary.toString()));
      if (said.contains("not found")) {
        throw new IOException(binary + " misses a library\n" + said);
      }
      for (String path : found(said)) {
        if (!path.startsWith(folder.toString())) {
          String name = path.substring(1);
          libraries.put(name, new Entry.File(name, Entry.OPEN, Path.of(path).toRealPath()));
        }
      }
    }
    List<Entry> entries = new ArrayList<>(libraries.values());
    folders(libraries).forEach(path -> entries.add(Entry.Folder.of(path)));
    return entries;
  }

  /** The paths in what ldd prints. */
  static List<String> found(String said) {
    Matcher matcher = FOUND.matcher(said);
    return matcher.results().map(result -> result.group(1)).distinct().toList();
  }

  private static List<Path> binaries(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file ->
              file.toString().endsWith(".so") || file.equals(folder.resolve("runtime/bin/java")))
          .toList();
    }
  }

  private static List<String> folders(Map<String, Entry> libraries) {
    return libraries.keySet().stream()
        .map(Path::of)
        .flatMap(path -> Stream.iterate(path.getParent(), p -> p != null, Path::getParent))
        .map(Path::toString)
        .distinct()
        .toList();
  }
}
