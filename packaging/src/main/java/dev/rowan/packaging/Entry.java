package dev.rowan.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What an archive has at a path: relative, without a leading or trailing slash. */
sealed interface Entry {
  int ROOT = 0;

  /** Everybody reads. */
  int PLAIN = 0644;

  /** Everybody reads and runs it, or passes through it. */
  int OPEN = 0755;

  String path();

  /** A folder that an owner, by number, has. */
  record Folder(String path, int mode, int owner) implements Entry {
    static Folder of(String path) {
      return new Folder(path, OPEN, ROOT);
    }
  }

  /** A file with what another has. */
  record File(String path, int mode, Path content) implements Entry {}

  /** A short file. */
  record Text(String path, int mode, String content) implements Entry {}

  /** A symbolic link. */
  record Link(String path, String target) implements Entry {}

  /** All that is in a folder, below a path; who may read and run it is made the same everywhere. */
  static List<Entry> tree(Path folder, String below) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.toList()) {
        String name =
            path.equals(folder) ? below : below + "/" + folder.relativize(path).toString();
        if (Files.isSymbolicLink(path)) {
          entries.add(new Link(name, Files.readSymbolicLink(path).toString()));
        } else if (Files.isDirectory(path)) {
          entries.add(Folder.of(name));
        } else {
          entries.add(new File(name, Files.isExecutable(path) ? OPEN : PLAIN, path));
        }
      }
    }
    return entries;
  }
}
