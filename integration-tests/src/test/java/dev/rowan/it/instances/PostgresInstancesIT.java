package dev.rowan.it.instances;

import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

final class PostgresInstancesIT extends InstancesContract {
  @Override
  String newDatabase() {
    return Postgres.newDatabase();
  }

  @Override
  Server start(String endpoint) {
    return Rowan.over(endpoint);
  }
}
