package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.MariaDbServer;

/** An older MariaDB under Rowan. */
final class MariaDbBackwardsIT extends BackwardsContract {
  @Override
  DatabaseServer startDatabase() {
    return MariaDbServer.start();
  }
}
