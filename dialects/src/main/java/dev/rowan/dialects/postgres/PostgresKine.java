package dev.rowan.dialects.postgres;

import dev.rowan.dialects.KineTable;
import dev.rowan.dialects.LogException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** kine's table in a PostgreSQL database. */
public final class PostgresKine {
  private PostgresKine() {}

  /**
   * Opens the table for reading.
   *
   * @param hosts as in {@code h1:5432,h2}
   * @param properties the driver's, by its own names, user and password among them
   */
  public static KineTable open(String hosts, String database, Map<String, String> properties)
      throws LogException {
    PostgresDatabase kine = new PostgresDatabase(hosts, database, Map.copyOf(properties));
    try {
      Connection connection = kine.source().getConnection();
      // The server may take long to sort a large table.
      connection.setNetworkTimeout(Runnable::run, KineTable.SILENCE_MAX_MILLIS);
      return KineTable.open(
          connection,
          "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
          kine.name(),
          PostgresErrors::translate);
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, "connecting to " + kine.name());
    }
  }
}
