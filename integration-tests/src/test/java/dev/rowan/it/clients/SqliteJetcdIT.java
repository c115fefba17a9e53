package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteJetcdIT extends JetcdContract {
  @Override
  Server start() {
    return Rowan.overSqlite();
  }
}
