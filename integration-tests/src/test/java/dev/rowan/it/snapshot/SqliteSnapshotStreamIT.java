package dev.rowan.it.snapshot;

import dev.rowan.it.Server;
import java.nio.file.Path;

/** Rowan over SQLite. */
final class SqliteSnapshotStreamIT extends SnapshotStreamContract {
  @Override
  String newStore() {
    return "sqlite://" + Server.newFolder("rowan-sqlite").resolve("rowan.db");
  }

  @Override
  Path spoolFolder(String endpoint) {
    return Path.of(endpoint.substring("sqlite://".length())).resolveSibling("");
  }
}
