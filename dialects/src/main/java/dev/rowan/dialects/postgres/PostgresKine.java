package dev.rowan.dialects.postgres;

import dev.rowan.dialects.KineTable;
import dev.rowan.dialects.LogException;
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
    return KineTable.ofServer(kine.source(), kine.name(), PostgresErrors::translate);
  }
}
