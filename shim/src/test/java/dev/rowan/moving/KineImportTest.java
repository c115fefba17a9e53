package dev.rowan.moving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RowId;
import dev.rowan.lease.LeaseRows;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KineImportTest {
  @TempDir Path folder;

  private Endpoint kine() {
    return new Endpoint.Sqlite(folder.resolve("state.db"));
  }

  private Endpoint target() {
    return new Endpoint.Sqlite(folder.resolve("rowan.db"));
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("state.db"));
  }

  /** As kine makes it. */
  private void makeTable() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute(
          "CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER, created INTEGER,"
              + " deleted INTEGER, create_revision INTEGER, prev_revision INTEGER, lease INTEGER,"
              + " value BLOB, old_value BLOB)");
    }
  }

  private void row(long id, String name, boolean created, boolean deleted, long create, long lease)
      throws SQLException {
    try (Connection connection = connect();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO kine VALUES (?, ?, ?, ?, ?, 0, ?, ?, NULL)")) {
      insert.setLong(1, id);
      insert.setString(2, name);
      insert.setBoolean(3, created);
      insert.setBoolean(4, deleted);
      insert.setLong(5, create);
      insert.setLong(6, lease);
      insert.setBytes(7, ("v" + id).getBytes(java.nio.charset.StandardCharsets.UTF_8));
      insert.executeUpdate();
    }
  }

  private static LogRow expected(long id, String key, long create, long version, long lease) {
    return new LogRow(
        RowId.first(id),
        ByteString.copyFromUtf8(key),
        ByteString.copyFromUtf8("v" + id),
        create,
        version,
        lease);
  }

  @Test
  void liveKeysComeWithTheirRevisions() throws Exception {
    makeTable();
    row(1, "compact_rev_key", true, false, 0, 0);
    row(2, "/a", true, false, 0, 0);
    row(3, "/b", true, false, 0, 3600);
    row(4, "/a", false, false, 2, 0);
    row(5, "/c", true, false, 0, 0);
    row(6, "/c", false, true, 5, 0);
    row(8, "gap-8", false, true, 0, 0);

    Restored imported = KineImport.read(kine(), target(), (done, all) -> {});

    assertThat(CopyTest.content(target()))
        .containsExactly(
            List.of(8L, 8L),
            new MetaRow(LeaseRows.BUCKET, LeaseRows.id(3600), LeaseRows.blob(3600, 3600)),
            expected(3, "/b", 3, 1, 3600),
            expected(4, "/a", 2, 2, 0));
    assertThat(imported.text("imported")).contains("revision 8, compact revision 8, 2 changes");
  }

  @Test
  void anEmptyTableIsNamed() throws Exception {
    makeTable();

    assertThatThrownBy(() -> KineImport.read(kine(), target(), (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("is empty");
    assertThat(Files.exists(folder.resolve("rowan.db"))).isFalse();
  }

  @Test
  void whatIsNoDatabaseOfKinesIsNamed() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE other (id INTEGER)");
    }

    assertThatThrownBy(() -> KineImport.read(kine(), target(), (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("no such table: kine");
  }

  @Test
  void aFileThatIsNotThereIsNotMade() {
    assertThatThrownBy(() -> KineImport.read(kine(), target(), (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("state.db");
    assertThat(Files.exists(folder.resolve("state.db"))).isFalse();
  }
}
