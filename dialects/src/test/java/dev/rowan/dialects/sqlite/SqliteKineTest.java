package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.KineTableContract;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.io.TempDir;

final class SqliteKineTest extends KineTableContract {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("state.db");
  }

  @Override
  protected String table() {
    return "CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER,"
        + " created INTEGER, deleted INTEGER, create_revision INTEGER, prev_revision INTEGER,"
        + " lease INTEGER, value BLOB, old_value BLOB)";
  }

  @Override
  protected Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
    }
    return connection;
  }

  @Override
  protected Endpoint endpoint() {
    return new Endpoint.Sqlite(file());
  }
}
