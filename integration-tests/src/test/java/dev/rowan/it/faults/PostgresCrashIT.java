package dev.rowan.it.faults;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresCrashIT extends CrashContract {
  @Override
  Server start() {
    return Rowan.overPostgres();
  }

  @Override
  boolean shared() {
    return true;
  }
}
