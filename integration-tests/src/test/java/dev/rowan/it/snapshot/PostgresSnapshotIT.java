package dev.rowan.it.snapshot;

import dev.rowan.it.Postgres;

/** Rowan over PostgreSQL. */
final class PostgresSnapshotIT extends SnapshotContract {
  @Override
  String newStore() {
    return Postgres.newDatabase();
  }
}
