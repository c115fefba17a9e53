package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import java.util.List;

/** Rowan over SQLite. */
final class SqliteAutoCompactionIT extends AutoCompactionContract {
  @Override
  List<Server> start(String... flags) {
    return List.of(Rowan.overSqlite(flags));
  }
}
