package dev.rowan.it.instances;

import dev.rowan.it.MariaDbServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

final class MariaDbInstancesIT extends InstancesContract {
  private static final MariaDbServer DATABASE = MariaDbServer.shared();

  @Override
  String newDatabase() {
    return DATABASE.newDatabase();
  }

  @Override
  Server start(String endpoint) {
    return Rowan.over(endpoint);
  }
}
