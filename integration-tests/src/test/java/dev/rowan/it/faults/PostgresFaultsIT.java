package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.PostgresServer;

/** Rowan over PostgreSQL. */
final class PostgresFaultsIT extends DatabaseFaultsContract {
  @Override
  DatabaseServer startDatabase() {
    return PostgresServer.start();
  }
}
