package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteKubernetesIT extends KubernetesContract {
  @Override
  Server start() {
    return Rowan.overSqlite();
  }
}
