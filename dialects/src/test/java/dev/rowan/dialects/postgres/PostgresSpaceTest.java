package dev.rowan.dialects.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** M-10: what a store takes, whatever the server last learned about its rows. */
final class PostgresSpaceTest {
  private static final int ROWS = 10_000;

  private final String database = Server.newDatabase();
  private final SplittableRandom random = new SplittableRandom(5);
  private RevisionLog log;
  private Batches batches;

  @BeforeEach
  void open() throws LogException, SQLException {
    log = PostgresLog.open(Server.host(), database, Server.login());
    batches = new Batches(log.head());
    Server.execute(
        database,
        "ALTER TABLE log SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)");
  }

  @AfterEach
  void close() {
    log.close();
  }

  private List<LogRow> append(int valueBytes) throws LogException {
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      byte[] value = new byte[valueBytes];
      random.nextBytes(value);
      rows.add(batches.put(ByteString.copyFromUtf8("key-" + i), ByteString.copyFrom(value)));
    }
    for (int i = 0; i < ROWS; i += 1000) {
      log.append(batches.next(rows.subList(i, i + 1000)));
    }
    return rows;
  }

  private void awaitInUse(long from, long to) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          RevisionLog.LogSize size = log.size();
          assertThat(size.bytesInUse()).isBetween(from, to).isLessThanOrEqualTo(size.bytes());
        });
  }

  @Test
  void valuesThatGrewSinceTheLastAnalysisAreCounted() throws Exception {
    append(16);
    log.defragment();
    awaitInUse(0, 2_500_000);

    append(1500);

    awaitInUse(15_000_000, 20_000_000);
  }

  @Test
  void valuesOfSeveralPiecesAreCounted() throws Exception {
    append(16);
    log.defragment();

    append(5_000);

    awaitInUse(50_000_000, 72_000_000);
  }

  /** As a crash does, or a failover. */
  @Test
  void countsThatTheServerForgotAreNotBelieved() throws Exception {
    append(1500);
    awaitInUse(15_000_000, Long.MAX_VALUE);

    Server.execute(database, "SELECT pg_stat_reset()");

    assertThat(log.size().bytesInUse()).isGreaterThan(13_000_000);
  }

  /** M-11: disarmed then, the alarm stays so. */
  @Test
  void whatIsPrunedIsFreeOnceDefragmentedThoughTheRestIsLarger() throws Exception {
    List<LogRow> rows = append(1500);
    append(16);
    for (int i = 0; i < ROWS; i += RevisionLog.PRUNE_ROWS_MAX) {
      log.prune(
          rows.subList(i, i + RevisionLog.PRUNE_ROWS_MAX).stream().mapToLong(LogRow::id).toArray());
    }

    log.defragment();

    awaitInUse(0, 3_000_000);
    append(1500);
    awaitInUse(15_000_000, Long.MAX_VALUE);
  }
}
