package dev.rowan.dialects.postgres;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.KineTableContract;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;

final class PostgresKineTest extends KineTableContract {
  private final String database = Server.newDatabase();

  @BeforeEach
  void create() throws SQLException {
    Server.execute("postgres", "CREATE DATABASE " + database);
  }

  @Override
  protected String table() {
    return "CREATE TABLE kine (id BIGSERIAL PRIMARY KEY, name TEXT COLLATE \"C\", created INTEGER,"
        + " deleted INTEGER, create_revision BIGINT, prev_revision BIGINT, lease INTEGER,"
        + " value bytea, old_value bytea)";
  }

  @Override
  protected Connection connect() throws SQLException {
    return Server.connect(database);
  }

  @Override
  protected Endpoint endpoint() {
    return new Endpoint.Postgres(Server.host(), database, Server.login());
  }
}
