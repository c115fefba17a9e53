package dev.rowan.it.history;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteHistoryIT extends HistoryContract {
  @Override
  protected Server startSubject() {
    return Rowan.overSqlite();
  }
}
