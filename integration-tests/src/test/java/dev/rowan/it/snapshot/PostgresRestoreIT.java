package dev.rowan.it.snapshot;

import dev.rowan.it.Postgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Rowan over PostgreSQL. */
final class PostgresRestoreIT extends RestoreContract {
  @Override
  String newStore() {
    return Postgres.newDatabase();
  }

  @Override
  long bytes(String endpoint) throws SQLException {
    try (Connection connection = Postgres.connect(endpoint);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT pg_database_size(current_database())")) {
      result.next();
      return result.getLong(1);
    }
  }
}
