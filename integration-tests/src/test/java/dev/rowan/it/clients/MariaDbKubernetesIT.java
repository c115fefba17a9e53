package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Rowan over MariaDB; takes minutes, so only where it is asked for. */
@EnabledIfSystemProperty(named = "rowan.mariadb.all", matches = "true")
final class MariaDbKubernetesIT extends KubernetesContract {
  @Override
  Server start() {
    return Rowan.overMariaDb();
  }
}
