package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.PostgresServer;

/** Two instances of Rowan over PostgreSQL. */
final class PostgresFollowingIT extends FollowingContract {
  @Override
  DatabaseServer startDatabase() {
    return PostgresServer.start();
  }
}
