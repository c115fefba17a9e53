package dev.rowan.it.linearizability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which process made a connection, as Linux tells it in {@code /proc}. */
final class Sockets {
  /** The tables change while they are read, and may then lack a line. */
  private static final int ATTEMPTS = 3;

  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int INODE = 9;

  private Sockets() {}

  /** The other end of an accepted connection, as the name of a process' file; nothing if gone. */
  static Optional<String> otherEnd(Socket accepted) {
    String local = ":%04X".formatted(accepted.getPort());
    String remote = ":%04X".formatted(accepted.getLocalPort());
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
        Optional<String> found =
            lines(Path.of(table))
                // Thousands that are long closed are listed too, and seldom need to be taken apart.
                .filter(line -> line.contains(local) && line.contains(remote))
                .map(line -> line.strip().split("\\s+"))
                .filter(line -> line[LOCAL].endsWith(local) && line[REMOTE].endsWith(remote))
                .map(line -> "socket:[" + line[INODE] + "]")
                .findAny();
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Stream<String> lines(Path table) {
    try {
      return Files.readAllLines(table).stream().skip(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a process has a file of that name open. */
  static boolean has(long pid, String name) {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return files.anyMatch(file -> leadsTo(file, name));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean leadsTo(Path file, String name) {
    try {
      return Files.readSymbolicLink(file).toString().equals(name);
    } catch (IOException e) {
      // It was closed meanwhile.
      return false;
    }
  }
}
