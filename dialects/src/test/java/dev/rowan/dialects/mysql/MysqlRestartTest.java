package dev.rowan.dialects.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Servers of their own, with settings of their own. */
final class MysqlRestartTest {
  /** Else it makes an RSA certificate at each start, which takes up to 20 s. */
  private static final String NO_TLS = "--skip-ssl";

  private static RevisionLog open(MariaDb server) throws LogException {
    return MysqlLog.open("127.0.0.1:" + server.port(), "rowan", Server.login("root", ""));
  }

  @Test
  void killedServerIsUnavailableAndServesAgain() throws Exception {
    try (MariaDb server = MariaDb.start(NO_TLS);
        RevisionLog log = open(server)) {
      Batches batches = new Batches(log.head());
      log.append(batches.next(batches.put("a", "1")));
      Batch waiting = batches.next(batches.put("b", "1"));

      server.kill();
      assertThatThrownBy(log::head).isInstanceOf(LogException.Unavailable.class);
      // The second, if the statement was on a connection that had not noticed yet.
      assertThatThrownBy(() -> log.append(waiting))
          .isInstanceOfAny(LogException.Unavailable.class, LogException.UnknownOutcome.class);

      server.startAgain();
      await()
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptions()
          .untilAsserted(() -> log.append(waiting));
      assertThat(log.head()).isEqualTo(batches.head());
    }
  }

  @Test
  void serverThatTakesTooLittleAtOnceIsRefused() {
    try (MariaDb server = MariaDb.start(NO_TLS, "--max-allowed-packet=1M")) {
      assertThatThrownBy(() -> open(server))
          .isInstanceOf(LogException.Unavailable.class)
          .hasMessageContaining("max_allowed_packet=1048576");
    }
  }

  @Test
  void binaryLogOfStatementsIsRefused() {
    try (MariaDb server =
        MariaDb.start(NO_TLS, "--log-bin", "--server-id=1", "--binlog-format=STATEMENT")) {
      assertThatThrownBy(() -> open(server))
          .isInstanceOf(LogException.Unavailable.class)
          .hasMessageContaining("binlog_format=STATEMENT");
    }
  }
}
