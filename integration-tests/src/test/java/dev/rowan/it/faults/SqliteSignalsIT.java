package dev.rowan.it.faults;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteSignalsIT extends SignalsContract {
  @Override
  Server start() {
    return Rowan.overSqlite();
  }
}
