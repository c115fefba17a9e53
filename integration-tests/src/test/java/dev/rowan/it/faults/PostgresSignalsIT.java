package dev.rowan.it.faults;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresSignalsIT extends SignalsContract {
  @Override
  Server start() {
    return Rowan.overPostgres();
  }
}
