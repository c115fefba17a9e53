package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteEtcdctlIT extends EtcdctlContract {
  @Override
  Server start() {
    return Rowan.overSqlite();
  }
}
