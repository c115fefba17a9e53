package dev.rowan.dialects.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server of its own, stopped and started again under an open log. */
final class PostgresRestartTest {
  @TempDir Path folder;

  @Test
  void stoppedServerIsUnavailableAndServesAgain() throws Exception {
    EmbeddedPostgres server = start(0);
    int port = server.getPort();
    try (RevisionLog log = PostgresLog.open("localhost:" + port, "rowan", Server.login())) {
      Batches batches = new Batches(log.head());
      log.append(batches.next(batches.put("a", "1")));
      Batch waiting = batches.next(batches.put("b", "1"));

      server.close();
      assertThatThrownBy(log::head)
          .isInstanceOf(LogException.Unavailable.class)
          .hasMessageNotContaining("postgres:postgres");
      // The second, if the statement was on a connection that had not noticed yet.
      assertThatThrownBy(() -> log.append(waiting))
          .isInstanceOfAny(LogException.Unavailable.class, LogException.UnknownOutcome.class);

      server = start(port);
      log.append(waiting);
      assertThat(log.head()).isEqualTo(batches.head());
    } finally {
      server.close();
    }
  }

  private EmbeddedPostgres start(int port) throws IOException {
    File data = folder.resolve("data").toFile();
    return EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .start();
  }
}
