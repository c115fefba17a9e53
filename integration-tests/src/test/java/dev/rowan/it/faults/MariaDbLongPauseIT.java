package dev.rowan.it.faults;

import dev.rowan.it.MariaDbServer;

/** Over MariaDB, where a batch is one packet and nothing is held between two. */
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
