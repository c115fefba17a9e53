package dev.rowan.it.clients;

import dev.rowan.it.PgBouncer;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Rowan over PostgreSQL behind a PgBouncer in transaction mode. */
final class PgBouncerClientV3IT extends ClientV3Contract {
  private static final int POOL = 4;

  private final String direct = Postgres.newDatabase();
  private PgBouncer bouncer;

  @BeforeEach
  void startBouncer() {
    bouncer = PgBouncer.before(direct, POOL);
  }

  @AfterEach
  void stopBouncer() {
    bouncer.close();
  }

  @Override
  Server start(String... flags) {
    return Rowan.over(bouncer.endpoint(direct), flags);
  }
}
