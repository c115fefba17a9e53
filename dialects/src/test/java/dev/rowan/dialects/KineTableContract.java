package dev.rowan.dialects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is read of kine's table, in each database that kine and Rowan can both use. */
public abstract class KineTableContract {
  /** The statement that makes the table, as kine has it there. */
  protected abstract String table();

  /** Opens a connection to the test's own database, which is there. */
  protected abstract Connection connect() throws SQLException;

  /** The test's own database. */
  protected abstract Endpoint endpoint();

  private void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void change(long id, String name, int created, int deleted, long create, long lease)
      throws SQLException {
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision,"
                    + " lease, value) VALUES (?, ?, ?, ?, ?, 0, ?, ?)")) {
      insert.setLong(1, id);
      insert.setString(2, name);
      insert.setInt(3, created);
      insert.setInt(4, deleted);
      insert.setLong(5, create);
      insert.setLong(6, lease);
      insert.setBytes(7, ("v\0" + id).getBytes(StandardCharsets.UTF_8));
      insert.executeUpdate();
    }
  }

  private static LogRow live(long id, String key, long create, long version, long lease) {
    return new LogRow(
        RowId.first(id),
        ByteString.copyFromUtf8(key),
        ByteString.copyFromUtf8("v\0" + id),
        create,
        version,
        lease);
  }

  @Test
  void liveKeysComeInTheOrderOfTheirRevisions() throws Exception {
    execute(table());
    change(1, "compact_rev_key", 1, 0, 0, 0);
    change(2, "/a", 1, 0, 0, 0);
    change(3, "/b", 1, 0, 0, 3600);
    change(4, "/a", 0, 0, 2, 0);
    change(5, "/c", 1, 0, 0, 0);
    change(6, "/c", 0, 1, 5, 0);
    change(8, "gap-8", 0, 1, 0, 0);
    List<LogRow> rows = new ArrayList<>();

    try (KineTable kine = endpoint().openKine()) {
      assertThat(kine.revision()).isEqualTo(8);
      // One snapshot: this isn't seen.
      change(9, "/d", 1, 0, 0, 0);
      kine.rows(rows::add);
    }

    assertThat(rows).containsExactly(live(3, "/b", 3, 1, 3600), live(4, "/a", 2, 2, 0));
  }

  @Test
  void anEmptyTableHasNoRevision() throws Exception {
    execute(table());

    try (KineTable kine = endpoint().openKine()) {
      assertThat(kine.revision()).isZero();
    }
  }

  @Test
  void aMissingTableIsNamed() throws Exception {
    execute("CREATE TABLE other (id INTEGER)");

    assertThatThrownBy(() -> endpoint().openKine())
        .isInstanceOf(LogException.class)
        .hasMessageContaining("kine");
  }

  /** Whoever only reads makes nothing. */
  @Test
  void aDatabaseWithoutAStoreIsLeftAsItIs() throws Exception {
    execute(table());

    assertThatThrownBy(() -> endpoint().openExisting()).isInstanceOf(LogException.class);

    assertThatThrownBy(() -> execute("SELECT * FROM store")).isInstanceOf(SQLException.class);
  }
}
