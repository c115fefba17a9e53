package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.MariaDbServer;
import java.nio.file.Path;

/** A MariaDB without space for its tables. */
final class MariaDbFullIT extends FullDatabaseContract {
  @Override
  DatabaseServer startWithTablesIn(Path folder) {
    return MariaDbServer.startWithTablesIn(folder);
  }
}
