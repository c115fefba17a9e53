package dev.rowan.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Files that are there after the machine lost power, or not at all. */
final class DurableFiles {
  private DurableFiles() {}

  /** Writes a whole file in place of what is there. */
  static void write(Path file, ByteBuffer content) throws IOException {
    Path made = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            made,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (content.hasRemaining()) {
        channel.write(content);
      }
      channel.force(true);
    }
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(file.toAbsolutePath().resolveSibling("."));
  }

  /** Makes names in a folder durable. */
  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder.normalize(), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Empties a folder, or makes it. */
  static void clear(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      List<Path> old;
      try (Stream<Path> found = Files.walk(folder)) {
        old = found.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path file : old) {
        if (!file.equals(folder)) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(folder);
  }
}
