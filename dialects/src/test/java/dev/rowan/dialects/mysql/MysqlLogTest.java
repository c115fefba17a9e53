package dev.rowan.dialects.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Loaded;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.Repeating;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import dev.rowan.dialects.Scanned;
import dev.rowan.dialects.SharedLogContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class MysqlLogTest extends SharedLogContract {
  private static final Logger LOG = LoggerFactory.getLogger(MysqlLogTest.class);

  private final String database = Server.newDatabase();

  @Override
  protected RevisionLog open() throws LogException {
    return MysqlLog.open(Server.host(), database, Server.login());
  }

  @Test
  void instancesThatStartAtOnceMakeOneStore() throws Exception {
    String fresh = Server.newDatabase();
    Callable<Long> start =
        () -> {
          try (RevisionLog opened = MysqlLog.open(Server.host(), fresh, Server.login())) {
            return opened.head().clusterId();
          }
        };

    Set<Long> clusterIds = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (Future<Long> id : threads.invokeAll(List.of(start, start, start))) {
        clusterIds.add(id.get());
      }
    }

    assertThat(clusterIds).hasSize(1);
  }

  @Test
  void racingInstancesTakeEachRevisionOnce() throws Exception {
    int each = 300;
    try (RevisionLog other = open();
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Callable<Integer> mine = () -> race(log, "a", each);
      Callable<Integer> theirs = () -> race(other, "b", each);
      for (Future<Integer> appended : threads.invokeAll(List.of(mine, theirs))) {
        assertThat(appended.get()).isEqualTo(each);
      }
    }

    Loaded loaded = Loaded.from(log);
    assertThat(loaded.rows())
        .extracting(LogRow::revision)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(2, 2 * each + 1).mapToObj(Long::valueOf).toList());
    assertThat(loaded.head().position()).isEqualTo(2 * each + 1);
  }

  private static int race(RevisionLog log, String key, int count) throws LogException {
    int appended = 0;
    while (appended < count) {
      Batches next = new Batches(log.head());
      MetaRow meta = new MetaRow("lease", ByteString.copyFromUtf8(key), ByteString.EMPTY);
      try {
        Batch batch = next.next(next.put(key, "value"));
        log.append(with(batch, meta));
        appended++;
      } catch (LogException.Conflict e) {
        LOG.trace("the other was first", e);
      }
    }
    return appended;
  }

  private static Batch with(Batch batch, MetaRow meta) {
    return new Batch(
        batch.token(),
        batch.expectedPosition(),
        batch.expectedToken(),
        batch.revision(),
        batch.compactRevision(),
        batch.rows(),
        List.of(meta));
  }

  @Test
  void batchIsRecognisedAfterOthersFollowedIt() throws LogException {
    Batch first = batches.next(batches.put("a", "1"));
    log.append(first);
    log.append(batches.next(batches.put("b", "1")));

    log.append(first);

    assertThat(log.head()).isEqualTo(batches.head());
  }

  /** Each byte of these is written as two, and together they are more than one packet. */
  @Test
  void batchOfSeveralPacketsIsWholeOrAbsent() throws LogException {
    byte[] escaped = new byte[3 << 19];
    Arrays.fill(escaped, (byte) '\'');
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      rows.add(batches.put(ByteString.copyFromUtf8("k" + i), ByteString.copyFrom(escaped)));
    }
    Batch batch = batches.next(rows);
    Batch late = new Batch(7, 1, 99, batch.revision(), -1, rows, List.of());

    assertThatThrownBy(() -> log.append(late)).isInstanceOf(LogException.Conflict.class);
    assertThat(Loaded.from(log).rows()).isEmpty();
    log.append(batch);

    assertThat(Scanned.from(log).rows()).isEqualTo(rows);
  }

  /** W: a key may be as long as a request. */
  @Test
  void keyOfEtcdsGreatestRequestIsKept() throws LogException {
    byte[] key = new byte[3 << 19];
    Arrays.fill(key, (byte) '\\');
    LogRow row = batches.put(ByteString.copyFrom(key), ByteString.EMPTY);

    log.append(batches.next(row));

    assertThat(log.rows(new long[] {row.id()})).containsExactly(row);
  }

  @Test
  @Timeout(120)
  void killedConnectionsLeaveABatchWholeOrAbsent() throws Exception {
    Assumptions.assumeTrue(Server.isOwn(), "KILL is written differently elsewhere");
    int rounds = 400;
    int unknown = 0;
    List<Long> acknowledged = new ArrayList<>();
    try (Repeating killer = new Repeating(this::killActive)) {
      for (int i = 0; i < rounds || killer.runs() < 20 || unknown == 0; i++) {
        LogRow first = batches.put("a", "1");
        LogRow second = batches.sameRevision(first, "b");
        Batch batch = batches.next(first, second);
        unknown += appendUntilKnown(batch);
        acknowledged.add(first.id());
        acknowledged.add(second.id());
      }
    }

    // The last that were killed may be unnoticed in the pool.
    Loaded loaded = await().ignoreExceptions().until(() -> Loaded.from(log), found -> true);
    assertThat(loaded.rows()).extracting(LogRow::id).isEqualTo(acknowledged);
    assertThat(loaded.head()).isEqualTo(batches.head());
  }

  private void killActive() throws SQLException {
    long id =
        Server.number(
            "SELECT COALESCE(MAX(id), 0) FROM information_schema.processlist WHERE db = '"
                + database
                + "'");
    try {
      Server.execute("", "KILL " + id);
    } catch (SQLException e) {
      LOG.trace("it was gone already", e);
    }
  }

  private int appendUntilKnown(Batch batch) throws LogException {
    int unknown = 0;
    while (true) {
      try {
        log.append(batch);
        return unknown;
      } catch (LogException.UnknownOutcome e) {
        unknown++;
      } catch (LogException.Unavailable e) {
        LOG.trace("nothing was appended: the same again", e);
      }
    }
  }

  /** Somebody else's transaction that holds the next head, and never ends. */
  @Test
  void lockThatIsHeldIsUnavailableInTime() throws Exception {
    Batch batch = batches.next(batches.put("a", "1"));
    try (Connection holder = Server.connect(database)) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("INSERT INTO head VALUES (2, 2, -1, 5)");

      assertThatThrownBy(() -> log.append(batch)).isInstanceOf(LogException.Unavailable.class);

      holder.rollback();
    }
    log.append(batch);
    assertThat(log.head()).isEqualTo(batches.head());
  }

  @Test
  void appendThatADeadlockEndsIsTriedAgain() throws Exception {
    MetaRow meta = new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY);
    log.append(batches.withMeta(meta));
    Batch batch = batches.withMeta(meta);
    try (Connection other = Server.connect(database);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      other.setAutoCommit(false);
      // The heavier of two is not the one that is rolled back.
      other
          .createStatement()
          .execute(
              "CREATE TABLE theirs (x int);"
                  + "INSERT INTO theirs VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9);"
                  + "SELECT * FROM meta FOR UPDATE");
      Future<?> appending =
          threads.submit(() -> {
            log.append(batch);
            return log;
          });
      await()
          .until(
              () -> Server.number("SELECT COUNT(*) FROM information_schema.innodb_lock_waits") > 0);
      other.createStatement().execute("SELECT * FROM head WHERE position = 3 FOR UPDATE");
      other.rollback();
      appending.get();
    }
    assertThat(log.head()).isEqualTo(batches.head());
  }

  @Test
  void databaseThatTakesNoWritesIsUnavailable() throws Exception {
    Assumptions.assumeTrue(Server.isOwn(), "the whole server is set read-only");
    Server.execute("", "SET GLOBAL read_only = 1");
    try {
      assertThatThrownBy(log::head)
          .isInstanceOf(LogException.Unavailable.class)
          .hasMessageContaining("takes no writes");
    } finally {
      Server.execute("", "SET GLOBAL read_only = 0");
    }
    assertThat(log.head().revision()).isEqualTo(1);
  }

  @Test
  void messagesDoNotHoldThePassword() {
    Map<String, String> login = Server.login("nobody", "s3cret");

    assertThatThrownBy(() -> MysqlLog.open(Server.host(), database, login))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("nobody")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void missingDatabaseThatMayNotBeMadeNamesTheRight() throws Exception {
    Server.execute("", "CREATE USER IF NOT EXISTS rowan_poor IDENTIFIED BY 'p-1-Poor'");
    Map<String, String> login = Server.login("rowan_poor", "p-1-Poor");

    assertThatThrownBy(() -> MysqlLog.open(Server.host(), "missing", login))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("CREATE");
  }

  /** The server made itself a certificate, as both products do. */
  @Test
  void connectionIsEncryptedWhereTheServerCan() throws Exception {
    assertThat(log.head().revision()).isEqualTo(1);

    assertThat(
            Server.number(
                "SELECT VARIABLE_VALUE <> '' FROM information_schema.session_status"
                    + " WHERE VARIABLE_NAME = 'Ssl_cipher'"))
        .isEqualTo(1);
  }

  @Test
  void certificateOfNobodyKnownIsRefusedWhereItIsVerified() {
    Map<String, String> login = new HashMap<>(Server.login());
    login.put("sslMode", "verify-full");

    assertThatThrownBy(() -> MysqlLog.open(Server.host(), database, login))
        .isInstanceOf(LogException.Unavailable.class)
        .hasStackTraceContaining("certification path");
  }

  @Test
  void tablesOfOthersAreLeftAlone() throws Exception {
    String shared = Server.newDatabase();
    Server.execute("", "CREATE DATABASE " + shared);
    Server.execute(shared, "CREATE TABLE theirs (x int); INSERT INTO theirs VALUES (1)");

    try (RevisionLog opened = MysqlLog.open(Server.host(), shared, Server.login())) {
      assertThat(opened.head().revision()).isEqualTo(1);
    }
  }

  /** The server commits each statement of a migration by itself. */
  @Test
  void tablesThatWereMadeInPartAreCompleted() throws Exception {
    log.close();
    Server.execute(database, "DROP TABLE store; DROP TABLE rowan_schema_history");

    log = open();

    assertThat(log.head().revision()).isEqualTo(1);
  }

  @Test
  void fillingIsRefusedIfAnInstanceWasFaster() throws Exception {
    LogRow row = batches.put("a", "1");
    try (RevisionLog other = open();
        Filling filling = log.fill()) {
      filling.add(List.of(new LogRow(RowId.of(9, 0), row.key(), row.value(), 9, 1, 0)), List.of());
      other.append(batches.next(row));

      assertThatThrownBy(() -> filling.finish(9, -1, 8)).isInstanceOf(LogException.Conflict.class);
    }

    assertThat(log.head()).isEqualTo(batches.head());
    assertThat(Loaded.from(log).rows()).extracting(LogRow::id).containsExactly(row.id());
  }

  @Test
  void rowBehindTheHeadIsDamage() throws Exception {
    Server.execute(
        database, "INSERT INTO log VALUES (" + RowId.of(2, 0) + ", 'a', 2, 1, 0, 'theirs')");

    assertThatThrownBy(() -> log.append(batches.next(batches.put("a", "1"))))
        .isInstanceOf(LogException.Corrupt.class);
    assertThat(log.head().revision()).isEqualTo(1);
  }

  @Test
  void storeOfANewerRowanIsRefused() throws Exception {
    log.close();
    Server.execute(database, "UPDATE store SET schema_version = 7");

    assertThatThrownBy(this::open)
        .isInstanceOf(LogException.Corrupt.class)
        .hasMessageContaining("version 7");
  }
}
