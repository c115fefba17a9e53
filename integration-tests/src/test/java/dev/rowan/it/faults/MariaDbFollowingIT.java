package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.MariaDbServer;

/** Two instances of Rowan over MariaDB. */
final class MariaDbFollowingIT extends FollowingContract {
  @Override
  DatabaseServer startDatabase() {
    return MariaDbServer.start();
  }
}
