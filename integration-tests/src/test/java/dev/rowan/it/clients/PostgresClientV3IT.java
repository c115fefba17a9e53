package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresClientV3IT extends ClientV3Contract {
  @Override
  Server start(String... flags) {
    return Rowan.overPostgres(flags);
  }
}
