package dev.rowan.it.faults;

import dev.rowan.it.Postgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Over PostgreSQL, with the turn to append in hand. */
final class PostgresLongPauseIT extends LongPauseContract {
  /** Turns take some milliseconds; the statement says when the one of now began, and waits. */
  private static final String TURN =
      "SELECT pid || ' ' || xact_start FROM pg_stat_activity JOIN pg_locks USING (pid)"
          + " WHERE locktype = 'advisory' AND granted AND state = 'idle in transaction'"
          + " AND datname = current_database()";

  @Override
  String newDatabase() {
    return Postgres.newDatabase();
  }

  @Override
  boolean holdsSomething(String endpoint) {
    try (Connection connection = Postgres.connect(endpoint);
        Statement statement = connection.createStatement()) {
      String before = turn(statement);
      statement.execute("SELECT pg_sleep(0.2)");
      return !before.isEmpty() && before.equals(turn(statement));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String turn(Statement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery(TURN)) {
      return result.next() ? result.getString(1) : "";
    }
  }
}
