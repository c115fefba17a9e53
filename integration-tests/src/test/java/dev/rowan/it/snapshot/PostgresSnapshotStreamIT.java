package dev.rowan.it.snapshot;

import dev.rowan.it.Postgres;
import java.nio.file.Path;

/** Rowan over PostgreSQL. */
final class PostgresSnapshotStreamIT extends SnapshotStreamContract {
  @Override
  String newStore() {
    return Postgres.newDatabase();
  }

  @Override
  Path spoolFolder(String endpoint) {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }
}
