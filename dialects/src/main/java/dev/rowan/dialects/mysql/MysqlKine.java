package dev.rowan.dialects.mysql;

import dev.rowan.dialects.KineTable;
import dev.rowan.dialects.LogException;
import java.sql.Connection;
import java.sql.SQLException;
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
    try {
      Connection connection = kine.source().getConnection();
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      // The server may take long to sort a large table.
      connection.setNetworkTimeout(Runnable::run, KineTable.SILENCE_MAX_MILLIS);
      return KineTable.open(connection, "", kine.name(), MysqlErrors::translate);
    } catch (SQLException e) {
      throw MysqlErrors.translate(e, "connecting to " + kine.name());
    }
  }
}
