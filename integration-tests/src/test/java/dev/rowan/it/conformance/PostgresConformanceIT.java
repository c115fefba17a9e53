package dev.rowan.it.conformance;

import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresConformanceIT extends ConformanceContract {
  @Override
  protected Server startSubject(String... flags) {
    return Rowan.shortLived(Postgres.newDatabase(), flags);
  }
}
