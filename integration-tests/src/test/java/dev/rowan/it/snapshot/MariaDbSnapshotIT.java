package dev.rowan.it.snapshot;

import dev.rowan.it.MariaDbServer;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Rowan over MariaDB; takes minutes, so only where it is asked for. */
@EnabledIfSystemProperty(named = "rowan.mariadb.all", matches = "true")
final class MariaDbSnapshotIT extends SnapshotContract {
  @Override
  String newStore() {
    return MariaDbServer.shared().newDatabase();
  }
}
