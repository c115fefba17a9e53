package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteLockIT extends LockContract {
  @Override
  Server start(String... flags) {
    return Rowan.overSqlite(flags);
  }
}
