package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresJetcdIT extends JetcdContract {
  @Override
  Server start() {
    return Rowan.overPostgres();
  }
}
