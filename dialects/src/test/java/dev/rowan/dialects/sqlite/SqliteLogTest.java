package dev.rowan.dialects.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.FillingContract;
import dev.rowan.dialects.Loaded;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteLogTest extends FillingContract {
  @TempDir Path folder;

  @Override
  protected RevisionLog open() throws LogException {
    return SqliteLog.open(file(), true);
  }

  private Path file() {
    return folder.resolve("new").resolve("state.db");
  }

  private static void execute(Path file, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  @Test
  void onlyItsOwnerMayReadTheFile() throws IOException {
    for (String name : List.of("state.db", "state.db-wal", "state.db.lock")) {
      assertThat(Files.getPosixFilePermissions(file().resolveSibling(name)))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    assertThat(Files.getPosixFilePermissions(folder.resolve("new")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void secondOpenIsRefusedByNameAndPid() throws IOException {
    Path alias = folder.resolve("alias.db");
    Files.createSymbolicLink(alias, file());

    for (Path name : List.of(file(), alias)) {
      assertThatThrownBy(() -> SqliteLog.open(name, true))
          .isInstanceOf(LogException.Unavailable.class)
          .hasMessageContaining(file().toString())
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
    }
  }

  @Test
  void strangersDatabaseIsLeftAsItIs() throws Exception {
    Path foreign = folder.resolve("foreign.db");
    execute(foreign, "CREATE TABLE theirs (x)");
    byte[] before = Files.readAllBytes(foreign);

    assertThatThrownBy(() -> SqliteLog.open(foreign, true))
        .isInstanceOf(LogException.Corrupt.class)
        .hasMessageContaining("another program");

    assertThat(Files.readAllBytes(foreign)).isEqualTo(before);
    assertThat(folder.resolve("foreign.db-wal")).doesNotExist();
  }

  @Test
  void fileThatIsNoDatabaseIsRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("text.db"), "x".repeat(5000));

    assertThatThrownBy(() -> SqliteLog.open(text, true))
        .isInstanceOf(LogException.Corrupt.class)
        .hasMessageContaining("not a SQLite database");
  }

  @Test
  void fileOfANewerRowanIsRefused() throws Exception {
    log.close();
    execute(file(), "PRAGMA user_version = 7");

    assertThatThrownBy(this::open)
        .isInstanceOf(LogException.Corrupt.class)
        .hasMessageContaining("version 7")
        .hasMessageContaining("up to 1");
  }

  @Test
  void overwrittenPagesAreNoticed() throws Exception {
    fill(2_000);
    log.close();
    byte[] bytes = Files.readAllBytes(file());
    for (int i = 8 * 4096; i < bytes.length - 4096; i++) {
      bytes[i] = (byte) 0xA5;
    }
    Files.write(file(), bytes);

    assertDamaged();
  }

  @Test
  void truncatedFileIsNoticed() throws Exception {
    fill(2_000);
    log.close();
    byte[] bytes = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(bytes, bytes.length / 8192 * 4096));

    assertDamaged();
  }

  @Test
  void missingRevisionIsNoticed() throws Exception {
    fill(10);
    log.close();
    execute(file(), "DELETE FROM log WHERE id = " + (5L << 22));

    assertDamaged();
  }

  @Test
  void idleGivesSpaceBack() throws Exception {
    List<LogRow> rows = fill(4_000);
    log.idle();
    long before = Files.size(file());
    for (int i = 0; i + 1000 <= 4_000; i += 1000) {
      log.prune(rows.subList(i, i + 1000).stream().mapToLong(LogRow::id).toArray());
    }
    assertThat(log.size().bytesInUse()).isLessThan(log.size().bytes() / 2);

    for (int i = 0; i < 10; i++) {
      log.idle();
    }

    assertThat(Files.size(file())).isLessThan(before / 2);
    assertThat(file().resolveSibling("state.db-wal")).hasSize(0);
  }

  private List<LogRow> fill(int count) throws LogException {
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(batches.put("key" + i, "v".repeat(1000)));
    }
    log.append(batches.next(rows));
    return rows;
  }

  /** Whichever comes first: opening the file, or loading it. */
  private void assertDamaged() {
    assertThatThrownBy(
            () -> {
              log = open();
              Loaded.from(log);
            })
        .isInstanceOf(LogException.Corrupt.class)
        .hasMessageContaining("damaged")
        .hasMessageContaining("estore a backup");
  }
}
