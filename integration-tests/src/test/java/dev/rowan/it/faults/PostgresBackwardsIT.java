package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.PostgresServer;

/** An older PostgreSQL under Rowan. */
final class PostgresBackwardsIT extends BackwardsContract {
  @Override
  DatabaseServer startDatabase() {
    return PostgresServer.start();
  }
}
