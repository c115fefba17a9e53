package dev.rowan.it.faults;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over MariaDB. */
final class MariaDbCrashIT extends CrashContract {
  @Override
  Server start() {
    return Rowan.overMariaDb();
  }

  @Override
  boolean shared() {
    return true;
  }
}
