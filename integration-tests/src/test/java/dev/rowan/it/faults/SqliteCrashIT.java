package dev.rowan.it.faults;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteCrashIT extends CrashContract {
  @Override
  Server start() {
    return Rowan.overSqlite();
  }

  @Override
  boolean shared() {
    return false;
  }
}
