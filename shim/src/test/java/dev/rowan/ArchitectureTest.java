package dev.rowan;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.rowan.cluster.ClusterService;
import dev.rowan.cluster.Instances;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.grpc.EventLoops;
import dev.rowan.http.HttpThreads;
import dev.rowan.kv.KvService;
import dev.rowan.lease.LeaseService;
import dev.rowan.maintenance.Defragmenter;
import dev.rowan.maintenance.MaintenanceService;
import dev.rowan.maintenance.StoreSize;
import dev.rowan.mvcc.LoadedStore;
import dev.rowan.mvcc.LogTail;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.Values;
import dev.rowan.snapshot.Destination;
import dev.rowan.snapshot.Export;
import dev.rowan.snapshot.IndexOf;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Snapshots;
import dev.rowan.tls.TlsContexts;
import dev.rowan.watch.WatchHub;
import dev.rowan.watch.WatchService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the code may know, where it may wait, and how it is named and cut. */
class ArchitectureTest {
  private static final JavaClasses ROWAN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.rowan");

  private static final DescribedPredicate<JavaClass> OURS = resideInAPackage("dev.rowan..");
  private static final DescribedPredicate<JavaClass> OF_DIALECTS =
      resideInAPackage("dev.rowan.dialects..");
  private static final DescribedPredicate<JavaClass> OF_PEM = resideInAPackage("dev.rowan.pem");
  private static final DescribedPredicate<JavaClass> OF_RAFT = resideInAPackage("dev.rowan.raft..");
  private static final DescribedPredicate<JavaClass> GENERATED =
      resideInAPackage("dev.rowan.proto..");

  /** Lines of a source file, above which it is to be taken apart. */
  private static final int LINES_MAX = 400;

  /** A file that is longer, because it is one thread with the state that it owns. */
  private static final Set<String> LONGER = Set.of("WatchHub.java");

  private static final List<String> SHAPELESS =
      List.of("Impl", "Manager", "Helper", "Helpers", "Util", "Utils");

  @Test
  void dialectsKnowNothingOfEtcd() {
    noClasses()
        .that(OF_DIALECTS)
        .should()
        .dependOnClassesThat(OURS.and(not(OF_DIALECTS)).and(not(OF_PEM)))
        .check(ROWAN);
  }

  @Test
  void pemFilesKnowNobody() {
    noClasses().that(OF_PEM).should().dependOnClassesThat(OURS.and(not(OF_PEM))).check(ROWAN);
  }

  @Test
  void raftKnowsNothingOfEtcdAndNobodyElseKnowsRatis() {
    noClasses()
        .that(OF_RAFT)
        .should()
        .dependOnClassesThat(OURS.and(not(OF_RAFT)).and(not(GENERATED)))
        .check(ROWAN);
    noClasses()
        .that(not(OF_RAFT))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.ratis..")
        .check(ROWAN);
  }

  @Test
  void onlyTracingKnowsOpenTelemetry() {
    noClasses()
        .that(not(resideInAPackage("dev.rowan.tracing")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.opentelemetry..")
        .check(ROWAN);
  }

  @Test
  void theWireKnowsNobody() {
    noClasses().that(GENERATED).should().dependOnClassesThat(OURS.and(not(GENERATED))).check(ROWAN);
  }

  @Test
  void onlyDialectsKnowSql() {
    noClasses()
        .that(not(OF_DIALECTS))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..",
            "javax.sql..",
            "org.sqlite..",
            "org.postgresql..",
            "org.mariadb..",
            "com.zaxxer..",
            "org.flywaydb..")
        .check(ROWAN);
  }

  /** But for a quorum's members, whose copies of the store are files. */
  @Test
  void theServerKnowsNoSingleDialect() {
    noClasses()
        .that(not(OF_DIALECTS))
        .and()
        .doNotHaveSimpleName("QuorumLog")
        .and()
        .doNotHaveSimpleName("QuorumMachine")
        .and()
        .haveNameNotMatching("dev\\.rowan\\.quorum\\.SeededMember.*")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.rowan.dialects.*..")
        .check(ROWAN);
  }

  /**
   * Each of these runs on a thread that may block; see the threads in docs/ARCHITECTURE.md. Of a
   * quorum's, the log is called by these, and applied to the file by Ratis' own.
   */
  @Test
  void theLogIsAskedOnlyWhereBlockingIsAllowed() {
    noClasses()
        .that(not(OF_DIALECTS))
        .and(
            not(
                belongToAnyOf(
                    Sequencer.class,
                    ReadGate.class,
                    LogTail.class,
                    Instances.class,
                    LoadedStore.class,
                    Values.class,
                    StoreSize.class,
                    Defragmenter.class,
                    Snapshots.class,
                    Restore.class,
                    Store.class)))
        .and()
        .doNotHaveSimpleName("KvHasher")
        .and()
        .doNotHaveSimpleName("BatchCommit")
        .and()
        .doNotHaveSimpleName("LogFollower")
        .and(not(resideInAPackage("dev.rowan.quorum")))
        .and(not(resideInAPackage("dev.rowan.moving")))
        .and(not(belongToAnyOf(Destination.class, Export.class, IndexOf.class)))
        .should()
        .callMethodWhere(
            describe(
                "the database is asked",
                call ->
                    call.getTargetOwner().isAssignableTo(RevisionLog.class)
                        && !call.getName().equals("shared")))
        .check(ROWAN);
  }

  @Test
  void whatEventLoopsRunNeverWaits() {
    noClasses()
        .that(
            belongToAnyOf(
                    KvService.class,
                    LeaseService.class,
                    WatchService.class,
                    ClusterService.class,
                    MaintenanceService.class)
                .or(resideInAPackage("dev.rowan.http"))
                .or(DescribedPredicate.describe("streams", ArchitectureTest::ofACall)))
        .should()
        .callMethodWhere(describe("a thread waits", ArchitectureTest::waits))
        .check(ROWAN);
  }

  private static boolean ofACall(JavaClass type) {
    return Set.of(
            "RangeStream",
            "WatchStream",
            "MessageSizeGuard",
            "Negotiator",
            "GrpcConnection",
            "Detection",
            "TlsDetection",
            "ProtocolDetection",
            "ConnectionMemory",
            "OutboundFlow",
            "QuorumClusterService",
            "QuorumLeadership",
            "MemberRequests",
            "MemberDecisions",
            "LeaderRequirement",
            "LearnerRefusal")
        .contains(type.getSimpleName());
  }

  private static boolean waits(JavaMethodCall call) {
    JavaClass owner = call.getTargetOwner();
    return switch (call.getName()) {
      case "sleep" -> true;
      case "join" -> owner.isAssignableTo(Thread.class) || owner.isAssignableTo(Future.class);
      case "wait" -> owner.isEquivalentTo(Object.class);
      case "get" -> owner.isAssignableTo(Future.class);
      case "await" ->
          owner.isAssignableTo(CountDownLatch.class) || owner.isAssignableTo(Condition.class);
      case "take", "put" -> owner.isAssignableTo(java.util.concurrent.BlockingQueue.class);
      default -> false;
    };
  }

  /** Pauses before something that failed is tried again, on threads that nobody else needs. */
  @Test
  void onlyRetriesSleep() {
    noClasses()
        .that(not(belongToAnyOf(ReadGate.class)))
        .and()
        .doNotHaveSimpleName("BatchCommit")
        .and()
        .doNotHaveSimpleName("CatchUp")
        .should()
        .callMethodWhere(
            describe(
                "a thread sleeps",
                call ->
                    call.getName().equals("sleep")
                        && (call.getTargetOwner().isEquivalentTo(Thread.class)
                            || call.getTargetOwner().isEquivalentTo(TimeUnit.class))))
        .check(ROWAN);
  }

  /** Those of docs/ARCHITECTURE.md; the warm-up isn't part of a server. */
  @Test
  void threadsAreMadeInFewPlaces() {
    noClasses()
        .that(
            not(
                belongToAnyOf(
                    Store.class,
                    Sequencer.class,
                    ReadGate.class,
                    LogTail.class,
                    WatchHub.class,
                    EventLoops.class,
                    TlsContexts.class,
                    HttpThreads.class,
                    Warmup.class,
                    WarmupLoad.class)))
        .and()
        .doNotHaveSimpleName("PeerThreads")
        .should()
        .callCodeUnitWhere(describe("a thread is made", ArchitectureTest::makesThread))
        .check(ROWAN);
  }

  private static boolean makesThread(JavaCall<?> call) {
    JavaClass owner = call.getTargetOwner();
    return switch (call.getName()) {
      case "<init>" -> owner.isAssignableTo(Thread.class) || owner.isAssignableTo(Executor.class);
      case "ofPlatform", "ofVirtual", "startVirtualThread" -> owner.isEquivalentTo(Thread.class);
      default -> owner.isEquivalentTo(Executors.class);
    };
  }

  @Test
  void onlyTheProcessPrints() {
    noClasses()
        .that(not(belongToAnyOf(Main.class, Warmup.class)))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(ROWAN);
  }

  @Test
  void namesSayWhatThingsAre() {
    for (String ending : SHAPELESS) {
      classes().that(not(GENERATED)).should().haveSimpleNameNotEndingWith(ending).check(ROWAN);
    }
  }

  @Test
  void everyPackageSaysWhatIsNull() throws IOException {
    Set<Path> packages = new TreeSet<>();
    for (Path source : Sources.main()) {
      packages.add(source.resolveSibling("package-info.java"));
    }

    assertThat(packages)
        .isNotEmpty()
        .allSatisfy(info -> assertThat(info).content().contains("@NullMarked"));
  }

  @Test
  void sourceFilesAreShort() throws IOException {
    for (Path source : Sources.all()) {
      if (!LONGER.contains(source.getFileName().toString())) {
        try (Stream<String> lines = Files.lines(source)) {
          assertThat(lines.count()).as("lines of %s", source).isLessThanOrEqualTo(LINES_MAX);
        }
      }
    }
  }

  /** They await a condition instead; a disk that is made slow is slow by sleeping. */
  @Test
  void testsDoNotSleep() throws IOException {
    for (Path source : Sources.all()) {
      if (source.toString().contains("/src/test/") && !source.endsWith("agent/Disturbed.java")) {
        assertThat(Files.readString(source))
            .as("%s", source)
            .doesNotContainPattern("\\b(Thread|SECONDS|MILLISECONDS|NANOSECONDS)\\.sleep\\(");
      }
    }
  }
}
