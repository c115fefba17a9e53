package dev.rowan.it.faults;

import dev.rowan.it.MariaDbServer;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Over MariaDB, where a batch is one packet and nothing is held between two; only where it is asked
 * for.
 */
@EnabledIfSystemProperty(named = "rowan.mariadb.all", matches = "true")
final class MariaDbLongPauseIT extends LongPauseContract {
  @Override
  String newDatabase() {
    return MariaDbServer.shared().newDatabase();
  }

  @Override
  boolean holdsSomething(String endpoint) {
    return true;
  }
}
