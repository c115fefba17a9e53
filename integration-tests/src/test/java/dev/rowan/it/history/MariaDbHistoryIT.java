package dev.rowan.it.history;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Rowan over MariaDB; takes minutes, so only where it is asked for. */
@EnabledIfSystemProperty(named = "rowan.mariadb.all", matches = "true")
final class MariaDbHistoryIT extends HistoryContract {
  @Override
  protected Server startSubject() {
    return Rowan.overMariaDb();
  }
}
