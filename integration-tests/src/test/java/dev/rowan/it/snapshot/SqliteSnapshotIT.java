package dev.rowan.it.snapshot;

import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteSnapshotIT extends SnapshotContract {
  @Override
  String newStore() {
    return "sqlite://" + Server.newFolder("rowan-sqlite").resolve("rowan.db");
  }
}
