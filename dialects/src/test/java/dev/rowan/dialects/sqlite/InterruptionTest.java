package dev.rowan.dialects.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

final class InterruptionTest {
  private static final String ENDLESS =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

  private final Interruption interruption = new Interruption();

  /** CFG-4: as a VACUUM is, when the server stops. */
  @Test
  @Timeout(60)
  void statementEndsWhileItComputes() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
        Statement statement = connection.createStatement()) {
      CompletableFuture<Void> begun = new CompletableFuture<>();
      Thread stopping = new Thread(() -> begun.thenRun(interruption::set).join());
      stopping.start();

      assertThatThrownBy(() ->
              interruption.during(
                  connection,
                  () -> {
                    begun.complete(null);
                    return statement.execute(ENDLESS);
                  }))
          .isInstanceOfSatisfying(
              SQLiteException.class,
              e -> assertThat(e.getResultCode()).isEqualTo(SQLiteErrorCode.SQLITE_INTERRUPT));

      stopping.join();
      assertThat(statement.execute("SELECT 1")).isTrue();
    }
  }

  @Test
  void onlyWhatIsInterruptedFails() throws LogException {
    interruption.check();
    interruption.set();

    assertThatThrownBy(interruption::check).isInstanceOf(LogException.Unavailable.class);
  }
}
