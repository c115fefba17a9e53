package dev.rowan.it.snapshot;

import dev.rowan.it.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Rowan over SQLite. */
final class SqliteRestoreIT extends RestoreContract {
  @Override
  String newStore() {
    return "sqlite://" + Server.newFolder("rowan-sqlite").resolve("rowan.db");
  }

  @Override
  long bytes(String endpoint) throws IOException {
    Path file = Path.of(endpoint.substring("sqlite://".length()));
    long bytes = 0;
    try (Stream<Path> files = Files.list(file.resolveSibling(""))) {
      List<Path> ours =
          files.filter(each -> each.getFileName().toString().startsWith("rowan.db")).toList();
      for (Path each : ours) {
        bytes += each.toFile().length();
      }
    }
    return bytes;
  }
}
