package dev.rowan.it.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Rowan;
import dev.rowan.it.Scrape;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * H-7 and H-8: what the members of a cluster export, of etcd and of Rowan, after the same calls.
 */
@TestInstance(Lifecycle.PER_CLASS)
final class QuorumMetricsIT {
  private static final int MEMBERS = 3;
  private static final int PUTS = 20;

  /** How the documentation begins the reason for what a quorum's members do have. */
  private static final String OF_A_QUORUM = "In a quorum alone";

  /** Of which the documentation says that a quorum's members don't have it. */
  private static final String HEARTBEATS = "etcd_server_heartbeat_send_failures_total";

  private final List<Server> etcd = new ArrayList<>();
  private final List<Server> rowan = new ArrayList<>();
  private List<Scrape> expected = List.of();
  private List<Scrape> actual = List.of();

  @BeforeAll
  void callBothAlike() {
    etcd.addAll(leaderFirst(Etcd.quorum(MEMBERS, "--metrics=extensive")));
    rowan.addAll(leaderFirst(Rowan.quorum(MEMBERS, "--metrics=extensive")));
    expected = measured(etcd);
    actual = measured(rowan);
  }

  private static List<Server> leaderFirst(List<Server> members) {
    List<Server> sorted = new ArrayList<>(members);
    Server leader = members.stream().filter(Server::leads).findFirst().orElseThrow();
    sorted.remove(leader);
    sorted.addFirst(leader);
    return sorted;
  }

  private static List<Scrape> measured(List<Server> members) {
    for (Server member : members) {
      try (Client client = member.client()) {
        for (int i = 0; i < PUTS; i++) {
          var _ = client.kv().put(Requests.put("key" + i, "value").build());
        }
        var _ = client.kv().range(Requests.all().build());
      }
    }
    members.forEach(member -> assertThat(Scrape.ask(member.port(), "/readyz")).isEqualTo("ok\n"));
    // Members are pinged every few seconds.
    for (Server member : members) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() ->
              sum(Scrape.of(member.port()), "etcd_network_peer_round_trip_time_seconds_count{")
                  >= MEMBERS - 1);
    }
    return members.stream().map(member -> Scrape.of(member.port())).toList();
  }

  @AfterAll
  void stop() {
    etcd.forEach(Server::close);
    rowan.forEach(Server::close);
  }

  @Test
  void everyNameOfEtcdsIsExportedOrListedAsLeftOut() throws IOException {
    Map<String, String> reasons = MetricsIT.leftOut();
    Set<String> listed =
        reasons.entrySet().stream()
            .filter(row -> !row.getValue().startsWith(OF_A_QUORUM))
            .map(Map.Entry::getKey)
            .filter(name -> !name.startsWith("go_"))
            .collect(Collectors.toCollection(TreeSet::new));
    listed.add(HEARTBEATS);

    for (int i = 0; i < MEMBERS; i++) {
      Set<String> missing = new TreeSet<>(expected.get(i).names());
      missing.removeAll(actual.get(i).names());
      missing.removeIf(name -> name.startsWith("go_"));
      assertThat(missing).containsExactlyElementsOf(listed);
    }
    assertThat(reasons).hasSizeGreaterThan(listed.size());
  }

  @Test
  void typesAndBucketsAreEtcds() {
    for (String name :
        List.of(
            "etcd_network_peer_sent_bytes_total",
            "etcd_network_peer_received_bytes_total",
            "etcd_network_peer_round_trip_time_seconds",
            "etcd_network_known_peers",
            "etcd_network_active_peers",
            "etcd_snap_db_save_total_duration_seconds",
            "etcd_snap_db_fsync_duration_seconds",
            "etcd_server_snapshot_apply_in_progress_total",
            "etcd_server_read_indexes_failed_total",
            "etcd_server_slow_read_indexes_total")) {
      assertThat(actual.getFirst().types().get(name))
          .as(name)
          .isNotNull()
          .isEqualTo(expected.getFirst().types().get(name));
      assertThat(bounds(actual.getFirst(), name)).isEqualTo(bounds(expected.getFirst(), name));
    }
  }

  private static Set<String> bounds(Scrape scrape, String name) {
    return scrape.series().keySet().stream()
        .filter(series -> series.startsWith(name + "_bucket"))
        .map(series -> series.replaceAll(".*le=\"([^\"]*)\".*", "$1"))
        .map(bound -> bound.equals("+Inf") ? bound : Double.toString(Double.parseDouble(bound)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void leadershipIsToldAlike() {
    for (int i = 0; i < MEMBERS; i++) {
      for (String name :
          List.of(
              "etcd_server_has_leader",
              "etcd_server_is_leader",
              "etcd_server_is_learner",
              "etcd_server_learner_promote_successes",
              "etcd_server_proposals_failed_total",
              "etcd_server_snapshot_apply_in_progress_total",
              "etcd_debugging_mvcc_current_revision")) {
        assertThat(actual.get(i).value(name)).as(name).isEqualTo(expected.get(i).value(name));
      }
      // On a busy machine the first leader may not be the last, nor be there in time.
      assertThat(actual.get(i).value("etcd_server_leader_changes_seen_total")).isPositive();
      assertThat(actual.get(i).value("etcd_server_read_indexes_failed_total")).isNotNegative();
      for (String name : List.of("etcd_network_known_peers{", "etcd_network_active_peers{")) {
        assertThat(sum(actual.get(i), name)).isEqualTo(sum(expected.get(i), name));
      }
    }
  }

  /** A member has all that Rowan exports, but for what says that there are no peers. */
  @Test
  void ourOwnDashboardAlertsAndPageForOperatorsNameWhatIsThere() throws IOException {
    for (Scrape member : actual) {
      assertThat(Queries.missing(member)).isEmpty();
      assertThat(member.names()).containsAll(Queries.named());
    }
    assertThat(Queries.named()).hasSizeGreaterThan(30);
  }

  /** Every member has what the leader proposed, and waits for its own disk. */
  @Test
  void whatEveryMemberDoesIsCountedThere() {
    for (List<Scrape> members : List.of(expected, actual)) {
      for (Scrape member : members) {
        double committed = member.value("etcd_server_proposals_committed_total");
        assertThat(committed).isGreaterThanOrEqualTo(PUTS * MEMBERS);
        assertThat(member.value("etcd_server_proposals_applied_total")).isLessThan(committed + 1);
        assertThat(sum(member, "etcd_network_peer_received_bytes_total{")).isPositive();
        assertThat(sum(member, "etcd_network_peer_sent_bytes_total{")).isPositive();
        assertThat(member.value("etcd_disk_backend_commit_duration_seconds_count")).isPositive();
      }
    }
    for (Scrape member : actual) {
      assertThat(member.value("etcd_disk_wal_fsync_duration_seconds_count"))
          .isGreaterThanOrEqualTo(PUTS * MEMBERS);
      assertThat(member.value("etcd_disk_backend_commit_duration_seconds_count"))
          .isGreaterThanOrEqualTo(PUTS * MEMBERS);
    }
  }

  private static double sum(Scrape scrape, String start) {
    return scrape.series().entrySet().stream()
        .filter(series -> series.getKey().startsWith(start))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
