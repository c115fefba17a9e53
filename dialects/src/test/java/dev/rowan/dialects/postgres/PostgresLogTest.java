package dev.rowan.dialects.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.Instance;
import dev.rowan.dialects.Loaded;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.Repeating;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RevisionLog.Changes;
import dev.rowan.dialects.RowId;
import dev.rowan.dialects.SharedLogContract;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class PostgresLogTest extends SharedLogContract {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresLogTest.class);

  private final String database = Server.newDatabase();

  @Override
  protected RevisionLog open() throws LogException {
    return PostgresLog.open(Server.host(), database, Server.login());
  }

  @Test
  void instancesThatStartAtOnceMakeOneStore() throws Exception {
    String fresh = Server.newDatabase();
    Callable<Long> start =
        () -> {
          try (RevisionLog opened = PostgresLog.open(Server.host(), fresh, Server.login())) {
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
  void livingInstancesStandInTheOrderInWhichTheyJoined() throws Exception {
    Instance first = new Instance(7, 1, "first", List.of("http://first:2379"));
    Instance second = new Instance(3, 2, "second", List.of());
    log.announce(first);

    assertThat(log.announce(second)).containsExactly(first, second);
    assertThat(log.announce(first)).containsExactly(first, second);
    Server.execute(database, "UPDATE instance SET seen = now() - interval '11 s' WHERE id = 7");
    assertThat(log.announce(second)).containsExactly(second);
    assertThat(log.announce(first)).containsExactly(first, second);
    log.leave(first);
    assertThat(log.announce(second)).containsExactly(second);
  }

  @Test
  void othersAreToldOfAnAppendAndTheAppendingOneIsNot() throws Exception {
    Duration soon = Duration.ofMillis(100);
    Duration atLast = Duration.ofSeconds(20);
    try (RevisionLog other = open()) {
      assertThat(log.awaitAppend(soon)).isEqualTo(RevisionLog.NOTHING_TOLD);
      assertThat(other.awaitAppend(soon)).isEqualTo(RevisionLog.NOTHING_TOLD);
      log.append(batches.next(batches.put("a", "1")));

      assertThat(other.awaitAppend(atLast)).isEqualTo(batches.head().position());
      assertThat(log.awaitAppend(soon)).isEqualTo(RevisionLog.NOTHING_TOLD);
    }
  }

  @Test
  void oneInstanceHasTheTurnAtATimeAndAppendsGoOnWithoutOne() throws Exception {
    try (RevisionLog other = open()) {
      Head before = batches.head();
      assertThat(take(log)).isNotNull();
      assertThat(take(other)).isNull();
      other.append(batches.next(batches.put("a", "1")));
      log.endTurn();

      Changes changes = Objects.requireNonNull(other.takeTurn(before, 100));
      assertThat(changes.head()).isEqualTo(batches.head());
      assertThat(changes.rows()).hasSize(1);
      other.endTurn();
      other.endTurn();
      assertThat(take(log)).isNotNull();
      log.endTurn();
    }
  }

  @Test
  void turnEndsWithTheAppend() throws Exception {
    try (RevisionLog other = open()) {
      assertThat(take(log)).isNotNull();
      log.append(batches.next(batches.put("a", "1")));

      Changes changes = Objects.requireNonNull(take(other));
      assertThat(changes.head()).isEqualTo(batches.head());
      log.endTurn();
      assertThat(take(log)).as("it has ended its own turn only").isNull();
      other.endTurn();
    }
  }

  @Test
  void turnEndsWithAnAppendThatIsOvertaken() throws Exception {
    try (RevisionLog other = open()) {
      Batches stale = new Batches(batches.head());
      Batch late = stale.next(stale.put("a", "1"));
      assertThat(take(log)).isNotNull();
      other.append(batches.next(batches.put("b", "1")));
      assertThatThrownBy(() -> log.append(late)).isInstanceOf(LogException.Conflict.class);

      assertThat(take(other)).isNotNull();
      other.append(batches.next(batches.put("b", "2")));
      assertThat(log.head()).isEqualTo(batches.head());
    }
  }

  @Test
  void turnTellsOfMoreThanOneStatementFinds() throws Exception {
    try (RevisionLog other = open()) {
      Head before = batches.head();
      for (int i = 0; i <= PostgresReads.VALUE_ROWS; i++) {
        other.append(batches.next(batches.put("a", "" + i)));
      }
      Changes changes = Objects.requireNonNull(log.takeTurn(before, 1_000));
      assertThat(changes.rows()).hasSize(PostgresReads.VALUE_ROWS + 1);
      log.append(batches.next(batches.put("b", "1")));
      assertThat(other.head()).isEqualTo(batches.head());
    }
  }

  @Test
  void whoStandsStillLosesTheTurn() throws Exception {
    try (RevisionLog other = open()) {
      assertThat(take(log)).isNotNull();
      await().until(() -> take(other) != null);
      other.endTurn();
      log.endTurn();
      assertThat(take(log)).isNotNull();
      log.endTurn();
    }
  }

  private @Nullable Changes take(RevisionLog instance) {
    return instance.takeTurn(batches.head(), 100);
  }

  @Test
  void whatAnybodyNotifiesIsNoPosition() throws Exception {
    assertThat(log.awaitAppend(Duration.ofMillis(100))).isEqualTo(RevisionLog.NOTHING_TOLD);
    Server.execute(database, "NOTIFY rowan, 'hello'");
    assertThat(log.awaitAppend(Duration.ofMillis(300))).isEqualTo(RevisionLog.NOTHING_TOLD);
  }

  @Test
  void listensAgainAfterItsConnectionWasCut() throws Exception {
    Duration soon = Duration.ofMillis(100);
    try (RevisionLog other = open()) {
      assertThat(log.awaitAppend(soon)).isEqualTo(RevisionLog.NOTHING_TOLD);
      assertThat(other.awaitAppend(soon)).isEqualTo(RevisionLog.NOTHING_TOLD);
      Server.execute(
          "postgres",
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN rowan'"
              + " AND datname = '"
              + database
              + "'");
      long told = RevisionLog.NOTHING_TOLD;
      for (int i = 0; told == RevisionLog.NOTHING_TOLD && i < 600; i++) {
        log.append(batches.next(batches.put("a", "1")));
        told = other.awaitAppend(soon);
      }

      assertThat(told).isEqualTo(batches.head().position());
    }
  }

  /** Where the operator wants it stricter, the server rolls back who comes second. */
  @ParameterizedTest
  @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
  void racingInstancesTakeEachRevisionOnce(String isolation) throws Exception {
    Server.execute(
        database,
        "ALTER DATABASE %s SET default_transaction_isolation = '%s'"
            .formatted(database, isolation));
    int each = 300;
    try (RevisionLog one = open();
        RevisionLog other = open();
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Callable<Integer> mine = () -> race(one, "a", each);
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
      try {
        log.append(next.next(next.put(key, "value")));
        appended++;
      } catch (LogException.Conflict e) {
        LOG.trace("the other was first", e);
      }
    }
    return appended;
  }

  @Test
  void batchIsRecognisedAfterOthersFollowedIt() throws LogException {
    Batch first = batches.next(batches.put("a", "1"));
    log.append(first);
    log.append(batches.next(batches.put("b", "1")));

    log.append(first);

    assertThat(log.head()).isEqualTo(batches.head());
  }

  @Test
  @Timeout(120)
  void killedConnectionsLeaveABatchWholeOrAbsent() throws Exception {
    String kill =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
            + database
            + "' AND application_name = 'rowan' AND state = 'active'";
    int rounds = 400;
    int unknown = 0;
    List<Long> acknowledged = new ArrayList<>();
    try (Repeating killer = new Repeating(() -> Server.execute("postgres", kill))) {
      for (int i = 0; i < rounds || killer.runs() < 20 || unknown == 0; i++) {
        LogRow first = batches.put("a", "1");
        LogRow second = batches.sameRevision(first, "b");
        Batch batch = batches.next(first, second);
        unknown += appendUntilKnown(batch);
        acknowledged.add(first.id());
        acknowledged.add(second.id());
      }
    }

    assertThat(Loaded.from(log).rows()).extracting(LogRow::id).isEqualTo(acknowledged);
    assertThat(log.head()).isEqualTo(batches.head());
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

  @Test
  void databaseThatTakesNoWritesIsUnavailable() throws Exception {
    log.close();
    Server.execute(
        "postgres", "ALTER DATABASE " + database + " SET default_transaction_read_only = on");
    log = open();

    assertThatThrownBy(() -> log.append(batches.next(batches.put("a", "1"))))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("takes no writes");
    assertThat(log.head().revision()).isEqualTo(1);
  }

  @Test
  void messagesDoNotHoldThePassword() throws Exception {
    Server.execute("postgres", "ALTER SYSTEM SET password_encryption = 'scram-sha-256'");
    Map<String, String> login = Map.of("user", "nobody", "password", "s3cret");

    assertThatThrownBy(() -> PostgresLog.open(Server.host(), database, login))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("nobody")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void missingDatabaseThatMayNotBeMadeNamesTheRight() throws Exception {
    Server.execute("postgres", "CREATE ROLE poor LOGIN");

    assertThatThrownBy(() -> PostgresLog.open(Server.host(), "missing", Map.of("user", "poor")))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("CREATEDB");
  }

  @Test
  void tablesOfOthersAreLeftAlone() throws Exception {
    String shared = Server.newDatabase();
    Server.execute("postgres", "CREATE DATABASE " + shared);
    Server.execute(shared, "CREATE TABLE theirs (x int); INSERT INTO theirs VALUES (1)");

    try (RevisionLog opened = PostgresLog.open(Server.host(), shared, Server.login())) {
      assertThat(opened.head().revision()).isEqualTo(1);
    }
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

  /** CFG-4. The lock makes the VACUUM take as long as one of a large table. */
  @Test
  void interruptionEndsAVacuumForTheServerToo() throws Exception {
    String vacuuming =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '"
            + database
            + "' AND state = 'active' AND query LIKE 'VACUUM%'";
    try (Connection holder = Server.connect(database);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("LOCK TABLE log IN SHARE UPDATE EXCLUSIVE MODE");
      Future<?> defragmenting =
          threads.submit(() -> {
            log.defragment();
            return log;
          });
      await().until(() -> Server.number("postgres", vacuuming) == 1);

      log.interrupt();

      assertThatThrownBy(defragmenting::get).hasCauseInstanceOf(LogException.Unavailable.class);
      await().until(() -> Server.number("postgres", vacuuming) == 0);
    }
    log.append(batches.next(batches.put("a", "1")));
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
