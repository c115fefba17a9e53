package dev.rowan.dialects.mysql;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.KineTableContract;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;

final class MysqlKineTest extends KineTableContract {
  private final String database = Server.newDatabase();

  @BeforeEach
  void create() throws SQLException {
    Server.execute("", "CREATE DATABASE " + database);
  }

  @Override
  protected String table() {
    return "CREATE TABLE kine (id BIGINT UNSIGNED AUTO_INCREMENT, name VARCHAR(630) CHARACTER SET"
        + " ascii, created INTEGER, deleted INTEGER, create_revision BIGINT UNSIGNED,"
        + " prev_revision BIGINT UNSIGNED, lease INTEGER, value MEDIUMBLOB, old_value MEDIUMBLOB,"
        + " PRIMARY KEY (id))";
  }

  @Override
  protected Connection connect() throws SQLException {
    return Server.connect(database);
  }

  @Override
  protected Endpoint endpoint() {
    return new Endpoint.Mysql(Server.host(), database, Server.login());
  }
}
