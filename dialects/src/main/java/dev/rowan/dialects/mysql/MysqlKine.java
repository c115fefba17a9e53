package dev.rowan.dialects.mysql;

import dev.rowan.dialects.KineTable;
import dev.rowan.dialects.LogException;
import java.util.Map;

/** kine's table in a MySQL or MariaDB database. */
public final class MysqlKine {
  private MysqlKine() {}

  /**
   * Opens the table for reading.
   *
   * @param hosts as in {@code h1:3306,h2}
   * @param properties the driver's, by its own names, user and password among them
   */
  public static KineTable open(String hosts, String database, Map<String, String> properties)
      throws LogException {
    MysqlDatabase kine = new MysqlDatabase(hosts, database, Map.copyOf(properties));
    return KineTable.ofServer(kine.source(), kine.name(), MysqlErrors::translate);
  }
}
