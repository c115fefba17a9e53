package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteClientV3IT extends ClientV3Contract {
  @Override
  Server start(String... flags) {
    return Rowan.overSqlite(flags);
  }
}
