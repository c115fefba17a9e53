package dev.rowan.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;
import dev.rowan.it.cases.AlarmCases;
import dev.rowan.it.cases.AuthCases;
import dev.rowan.it.cases.ClusterCases;
import dev.rowan.it.cases.ElectionCases;
import dev.rowan.it.cases.FreshCases;
import dev.rowan.it.cases.HashCases;
import dev.rowan.it.cases.JwtCases;
import dev.rowan.it.cases.LeaseCases;
import dev.rowan.it.cases.LimitCases;
import dev.rowan.it.cases.LockCases;
import dev.rowan.it.cases.MaintenanceCases;
import dev.rowan.it.cases.PermissionCases;
import dev.rowan.it.cases.QuotaCases;
import dev.rowan.it.cases.RangeCases;
import dev.rowan.it.cases.RangeStreamCases;
import dev.rowan.it.cases.StoreCases;
import dev.rowan.it.cases.TxnCases;
import dev.rowan.it.cases.TxnCompareCases;
import dev.rowan.it.cases.WatchCases;
import dev.rowan.it.cases.WatchHistoryCases;
import dev.rowan.it.cases.WriteCases;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Every fixed case, against a real etcd and the server that a subclass starts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ConformanceContract {
  /** Short, so that a case can wait for periodic progress. */
  private static final String PROGRESS_INTERVAL = "--watch-progress-notify-interval=300ms";

  /** The cheapest: a case logs in several times. */
  private static final String BCRYPT_COST = "--bcrypt-cost=4";

  private static final List<List<Case>> SHARED =
      List.of(
          StoreCases.cases(),
          RangeCases.cases(),
          RangeStreamCases.cases(),
          WriteCases.cases(),
          TxnCompareCases.cases(),
          TxnCases.cases(),
          WatchCases.cases(),
          WatchHistoryCases.cases(),
          LeaseCases.cases(),
          LimitCases.cases(),
          LockCases.cases(),
          ElectionCases.cases(),
          ClusterCases.cases(),
          AlarmCases.cases(),
          MaintenanceCases.cases());

  private static final List<List<Case>> FRESH =
      List.of(FreshCases.cases(), HashCases.cases(), MaintenanceCases.freshCases());

  /** The flag of stores that are soon full. */
  protected static final String SMALL_QUOTA = "--quota-backend-bytes=" + QuotaCases.QUOTA;

  private @Nullable Pair shared;

  /** Starts the server under test, empty. */
  protected abstract Server startSubject(String... flags);

  /** Starts what it is compared with, empty. */
  protected Server startOracle(String... flags) {
    return Etcd.start(flags);
  }

  /** The cases that share one store. */
  protected List<List<Case>> shared() {
    return Stream.concat(SHARED.stream(), Stream.of(ClusterCases.casesOfOneMember())).toList();
  }

  /** Those of them that hold for a cluster of any size. */
  protected static List<List<Case>> ofAnyCluster() {
    return SHARED;
  }

  /** Whether the cases run too that have a store each. */
  protected boolean withFreshStores() {
    return true;
  }

  private <T> Stream<T> fresh(Stream<T> cases) {
    return withFreshStores() ? cases : Stream.empty();
  }

  @TestFactory
  Stream<DynamicTest> everyAnswerEqualsEtcds() {
    return shared().stream()
        .flatMap(List::stream)
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> runShared(one)));
  }

  @TestFactory
  Stream<DynamicTest> everyAnswerOfAFreshStoreEqualsEtcds() {
    return fresh(FRESH.stream().flatMap(List::stream))
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> runFresh(one)));
  }

  @TestFactory
  Stream<DynamicTest> everyAnswerOfASmallStoreEqualsEtcds() {
    return fresh(QuotaCases.cases().stream())
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> runFresh(one, SMALL_QUOTA)));
  }

  /** Auth is of the whole store, so each case has one of its own. */
  @TestFactory
  Stream<DynamicTest> everyAnswerToUsersEqualsEtcds() {
    return fresh(Stream.of(AuthCases.cases(), PermissionCases.cases()).flatMap(List::stream))
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> runFresh(one)));
  }

  @TestFactory
  Stream<DynamicTest> everyAnswerToJsonWebTokensEqualsEtcds() {
    return fresh(JwtCases.cases().stream())
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> runFresh(one, JwtCases.flag())));
  }

  @AfterAll
  void stop() {
    if (shared != null) {
      shared.close();
      shared = null;
    }
  }

  /** A pair that cannot be aligned after a case is replaced, so that the next case starts well. */
  private void runShared(Case one) throws Exception {
    Pair pair = shared == null ? start() : shared;
    shared = pair;
    String difference = pair.difference(one).orElse("");
    try {
      pair.align();
    } catch (RuntimeException e) {
      stop();
      difference += "\nand then: " + e;
    }
    assertThat(difference).as(one.name()).isEmpty();
  }

  private void runFresh(Case one, String... flags) throws Exception {
    try (Pair pair = start(flags)) {
      assertThat(pair.difference(one).orElse("")).as(one.name()).isEmpty();
    }
  }

  private Pair start(String... more) {
    List<String> all = new ArrayList<>(List.of(PROGRESS_INTERVAL, BCRYPT_COST));
    all.addAll(List.of(more));
    String[] flags = all.toArray(String[]::new);
    return Pair.start(() -> startOracle(flags), () -> startSubject(flags));
  }
}
