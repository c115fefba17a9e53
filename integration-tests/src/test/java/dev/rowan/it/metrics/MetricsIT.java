package dev.rowan.it.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Scrape;
import dev.rowan.it.Server;
import dev.rowan.it.clients.Program;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** H-7 and H-8: what a real etcd exports, after the same calls to both. */
@TestInstance(Lifecycle.PER_CLASS)
class MetricsIT {
  private static final Path COMPATIBILITY = Path.of("../docs/compatibility.md");
  private static final Pattern LEFT_OUT = Pattern.compile("\\| `([a-z_…]+)` \\| (.*) \\|");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");

  /** Which cannot be otherwise: our library lets counters end in _total only. */
  private static final Set<String> GAUGES_INSTEAD =
      Set.of(
          "etcd_server_learner_promote_successes",
          "etcd_server_health_success",
          "etcd_server_health_failures");

  /** What only members of a quorum export. */
  private static final Pattern OF_A_QUORUM =
      Pattern.compile(
          "etcd_network_(active_peers|known_peers|peer_|snapshot_)|etcd_snap_|rowan_early_elections"
              + "|etcd_server_(slow_)?read_indexes");

  /** A method that the health service of our gRPC library lacks. */
  private static final String HEALTH_LIST = "grpc_method=List, grpc_service=grpc.health.v1.Health";

  private final int metricsPort = Ports.free();
  private Server etcd;
  private Server rowan;
  private Scrape expected;
  private Scrape actual;

  @BeforeAll
  void callBothAlike() {
    etcd = Etcd.start("--metrics=extensive");
    rowan =
        Rowan.overSqlite(
            "--metrics=extensive", "--listen-metrics-urls=http://127.0.0.1:" + metricsPort);
    call(etcd);
    call(rowan);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Scrape.of(metricsPort).value("rowan_watchers") == 0);
    assertThat(Scrape.ask(etcd.port(), "/readyz")).isEqualTo("ok\n");
    assertThat(Scrape.ask(rowan.port(), "/readyz")).isEqualTo("ok\n");
    expected = Scrape.of(etcd.port());
    actual = Scrape.of(metricsPort);
  }

  @AfterAll
  void stop() {
    etcd.close();
    rowan.close();
  }

  private static void call(Server server) {
    try (Client client = server.client()) {
      for (String key : List.of("a", "b", "c")) {
        var _ = client.kv().put(Requests.put(key, "value").build());
      }
      var _ = client.kv().range(Requests.all().build());
      var _ = client.kv().deleteRange(Requests.delete("a").build());
      var _ =
          client
              .kv()
              .txn(
                  Requests.then(Requests.op(Requests.put("d", "1")), Requests.op(Requests.get("b")))
                      .build());
      var _ = client.lease().leaseGrant(LeaseGrantRequest.newBuilder().setTTL(100).build());
      try {
        var _ = client.kv().put(Requests.put("", "refused").build());
      } catch (StatusRuntimeException refused) {
        assertThat(refused).hasMessageContaining("key is not provided");
      }
      try (var watch = client.watch()) {
        watch.create(Requests.watch("a"));
        var _ = watch.next();
      }
      var _ =
          client
              .kv()
              .compact(CompactionRequest.newBuilder().setRevision(4).setPhysical(true).build());
    }
  }

  @Test
  void everyNameOfEtcdsIsExportedOrListedAsLeftOut() throws IOException {
    Set<String> missing = new TreeSet<>(expected.names());
    missing.removeAll(actual.names());
    missing.removeIf(name -> name.startsWith("go_"));
    Set<String> listed = new TreeSet<>(leftOut().keySet());

    assertThat(listed).contains("go_…");
    listed.remove("go_…");
    assertThat(missing).containsExactlyElementsOf(listed);
  }

  /** The metrics that the documentation lists as left out, and why. */
  static Map<String, String> leftOut() throws IOException {
    Map<String, String> reasons = new TreeMap<>();
    boolean within = false;
    for (String line : Files.readAllLines(COMPATIBILITY)) {
      within = line.startsWith("## ") ? line.equals("## Metrics") : within;
      Matcher row = LEFT_OUT.matcher(line);
      if (within && row.matches()) {
        reasons.put(row.group(1), row.group(2));
      }
    }
    return reasons;
  }

  @Test
  void typesAreEtcds() {
    Map<String, String> types =
        actual.types().entrySet().stream()
            .filter(metric -> expected.names().contains(metric.getKey()))
            .filter(metric -> !GAUGES_INSTEAD.contains(metric.getKey()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));

    assertThat(types).hasSizeGreaterThan(50);
    assertThat(expected.types()).containsAllEntriesOf(types);
    assertThat(actual.types())
        .containsAllEntriesOf(
            GAUGES_INSTEAD.stream().collect(Collectors.toMap(name -> name, name -> "gauge")));
  }

  /** Of the services that are served, with a zero for each method and code before it occurs. */
  @Test
  void everySeriesOfCallsIsThere() {
    Set<String> served =
        series(actual, name -> name.startsWith("grpc_server_started_total"))
            .map(MetricsIT::service)
            .collect(Collectors.toSet());
    Set<String> ofEtcd =
        series(expected, name -> name.startsWith("grpc_server_"))
            .filter(name -> !name.startsWith("grpc_server_handling_seconds"))
            .filter(name -> served.contains(service(name)))
            .filter(name -> !name.contains(HEALTH_LIST))
            .collect(Collectors.toSet());

    assertThat(ofEtcd).hasSizeGreaterThan(400);
    assertThat(series(actual, name -> name.startsWith("grpc_server_"))).containsAll(ofEtcd);
  }

  @Test
  void callsAreCountedAlike() {
    for (String counter :
        List.of(
            "grpc_server_started_total",
            "grpc_server_handled_total",
            "grpc_server_msg_received_total",
            "grpc_server_msg_sent_total",
            "grpc_server_handling_seconds_count")) {
      for (String service : List.of("etcdserverpb.KV", "etcdserverpb.Lease")) {
        assertThat(occurred(actual, counter, service))
            .as(counter)
            .isNotEmpty()
            .isEqualTo(occurred(expected, counter, service));
      }
    }
  }

  private static Map<String, Double> occurred(Scrape scrape, String counter, String service) {
    return scrape.series().entrySet().stream()
        .filter(series -> series.getKey().startsWith(counter + "{"))
        .filter(series -> service(series.getKey()).equals(service) && series.getValue() > 0)
        .collect(Collectors.toMap(series -> canonical(series.getKey()), Map.Entry::getValue));
  }

  @Test
  void whatHappenedToKeysAndLeasesIsCountedAlike() {
    for (String name :
        List.of(
            "etcd_mvcc_put_total",
            "etcd_mvcc_delete_total",
            "etcd_mvcc_txn_total",
            "etcd_debugging_mvcc_total_put_size_in_bytes",
            "etcd_debugging_mvcc_keys_total",
            "etcd_debugging_mvcc_current_revision",
            "etcd_debugging_mvcc_compact_revision",
            "etcd_debugging_mvcc_db_compaction_keys_total",
            "etcd_debugging_mvcc_watcher_total",
            "etcd_debugging_lease_granted_total",
            "etcd_debugging_lease_ttl_total_sum",
            "etcd_server_has_leader",
            "etcd_server_is_leader",
            "etcd_server_is_learner",
            "etcd_server_leader_changes_seen_total",
            "etcd_server_proposals_failed_total",
            "etcd_server_version{server_version=\"3.7.3\"}",
            "etcd_cluster_version{cluster_version=\"3.7\"}")) {
      assertThat(actual.value(name)).as(name).isEqualTo(expected.value(name));
    }
    assertThat(actual.value("etcd_network_client_grpc_received_bytes_total")).isPositive();
    assertThat(actual.value("etcd_network_client_grpc_sent_bytes_total")).isPositive();
    assertThat(actual.value("etcd_disk_wal_fsync_duration_seconds_count")).isPositive();
  }

  /** Prometheus' own parser takes them. */
  @Test
  void ourOwnDashboardAndAlertsArePromQl() throws IOException {
    List<String> expressions = Queries.expressions();

    Program check =
        Program.run(GoProgram.RULECHECK, String.join("\n", expressions) + "\n", List.of());

    assertThat(check.output()).isEqualTo(expressions.size() + " expressions\n");
    assertThat(check.status()).isZero();
  }

  /** Prometheus' own engine evaluates them; each fires in a scenario, and is quiet in others. */
  @Test
  void ourOwnAlertsFireWhenTheyShould() {
    Program evaluation =
        Program.run(
            GoProgram.RULECHECK,
            "",
            List.of(Queries.RULES.toString(), "go/rulecheck/scenarios.yaml"));

    assertThat(evaluation.status()).as(evaluation.output()).isZero();
    assertThat(evaluation.output()).matches("[1-9][0-9]+ alerts\n");
  }

  /** But for what only members of a quorum have; {@link QuorumMetricsIT} finds that too. */
  @Test
  void ourOwnDashboardAndAlertsFindTheirSeries() throws IOException {
    assertThat(Queries.missing(actual))
        .isNotEmpty()
        .allMatch(query -> OF_A_QUORUM.matcher(query).lookingAt());
  }

  /** The series that etcd's own dashboard and alert rules select. */
  static Stream<String> selectors() {
    return Stream.of(
        "etcd_server_has_leader",
        "etcd_server_leader_changes_seen_total",
        "etcd_server_proposals_failed_total",
        "etcd_server_quota_backend_bytes",
        "etcd_mvcc_db_total_size_in_bytes",
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "etcd_network_client_grpc_received_bytes_total",
        "etcd_network_client_grpc_sent_bytes_total",
        "process_resident_memory_bytes",
        "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"0.512\"}",
        "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"+Inf\"}",
        "etcd_disk_backend_commit_duration_seconds_bucket{le=\"0.256\"}",
        "etcd_disk_backend_commit_duration_seconds_bucket{le=\"+Inf\"}",
        "grpc_server_started_total{grpc_type=\"unary\"}",
        "grpc_server_started_total{grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"}",
        "grpc_server_started_total{grpc_service=\"etcdserverpb.Lease\",grpc_type=\"bidi_stream\"}",
        "grpc_server_handled_total{grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"}",
        "grpc_server_handled_total{grpc_service=\"etcdserverpb.Lease\",grpc_type=\"bidi_stream\"}",
        "grpc_server_handled_total{grpc_type=\"unary\",grpc_code=\"Unavailable\"}",
        "grpc_server_handled_total{grpc_type=\"unary\",grpc_code=\"DeadlineExceeded\"}",
        "grpc_server_handling_seconds_bucket{grpc_type=\"unary\",grpc_method=\"Put\",le=\"0.1\"}");
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void dashboardsAndAlertsFindTheirSeries(String selector) {
    for (Scrape scrape : List.of(expected, actual)) {
      assertThat(scrape.series().keySet()).anyMatch(series -> selects(selector, series));
    }
  }

  private static boolean selects(String selector, String series) {
    return name(series).equals(name(selector))
        && labels(series).entrySet().containsAll(labels(selector).entrySet());
  }

  private static Stream<String> series(Scrape scrape, Predicate<String> wanted) {
    return scrape.series().keySet().stream().filter(wanted).map(MetricsIT::canonical);
  }

  private static String canonical(String series) {
    return name(series) + new TreeMap<>(labels(series));
  }

  private static String service(String series) {
    Matcher label = Pattern.compile("grpc_service=\"?([A-Za-z0-9.]+)").matcher(series);
    return label.find() ? label.group(1) : "";
  }

  private static String name(String series) {
    return Arrays.asList(series.split("\\{", 2)).getFirst();
  }

  private static Map<String, String> labels(String series) {
    return LABEL
        .matcher(series)
        .results()
        .collect(Collectors.toMap(label -> label.group(1), label -> label.group(2)));
  }

  /** The service's name in the metrics is that of the wire. */
  @Test
  void servicesAreNamedAsOnTheWire() {
    assertThat(series(actual, name -> name.startsWith("grpc_server_started_total")))
        .anyMatch(name -> service(name).equals(KVGrpc.SERVICE_NAME));
  }
}
