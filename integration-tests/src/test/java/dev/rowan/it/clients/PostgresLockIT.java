package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresLockIT extends LockContract {
  @Override
  Server start(String... flags) {
    return Rowan.overPostgres(flags);
  }
}
