package dev.rowan.it.history;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresHistoryIT extends HistoryContract {
  @Override
  protected Server startSubject() {
    return Rowan.overPostgres();
  }
}
