package dev.rowan.it.conformance;

import dev.rowan.it.PgBouncer;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Rowan over PostgreSQL behind a PgBouncer in transaction mode. */
@EnabledIfSystemProperty(named = "rowan.pgbouncer.all", matches = "true")
final class PgBouncerConformanceIT extends ConformanceContract {
  private static final int POOL = 4;

  private static PgBouncer bouncer;

  @BeforeAll
  static void startBouncer() {
    bouncer = PgBouncer.before(Postgres.newDatabase(), POOL);
  }

  @AfterAll
  static void stopBouncer() {
    bouncer.close();
  }

  @Override
  protected Server startSubject(String... flags) {
    return Rowan.shortLived(bouncer.endpoint(Postgres.newDatabase()), flags);
  }
}
