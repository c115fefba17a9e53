package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.MariaDbServer;

/** Rowan over MariaDB. */
final class MariaDbFaultsIT extends DatabaseFaultsContract {
  @Override
  DatabaseServer startDatabase() {
    return MariaDbServer.start();
  }
}
