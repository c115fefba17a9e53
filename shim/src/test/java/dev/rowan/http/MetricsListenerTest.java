package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.StartException;
import dev.rowan.metrics.Metrics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsListenerTest {
  private final Metrics metrics = new Metrics("1.2.3");
  private MetricsListener listener;

  @BeforeEach
  void open() throws StartException {
    listener = MetricsListener.open(List.of(URI.create("http://127.0.0.1:0")), metrics.registry());
  }

  @AfterEach
  void close() {
    listener.close();
  }

  @Test
  void metricsAreInPrometheusTextFormat() throws Exception {
    metrics.committed(1_000_000, 3, 5);
    metrics.commitConflicted();
    metrics.commitFailed();
    metrics.eventsSent(4);
    metrics.leaseGranted(60);
    metrics.leaseRevoked();
    metrics.leasesExpired(2);
    metrics.pruned(1_000, 9);
    metrics.backgroundFailed("prune");
    metrics.bindQueue(() -> 1, () -> 2);
    metrics.bindIndex(() -> 3);
    metrics.bindValueCache(() -> 6, () -> 7, () -> 8);
    metrics.bindWatchers(() -> 9, () -> 10, () -> 11);
    metrics.bindLeases(() -> 12);
    metrics.bindStore(() -> 13, () -> 14, () -> 15, () -> 16);

    HttpResponse<String> reply = send("GET", "/metrics");

    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    assertThat(reply.body().lines())
        .contains(
            "rowan_build_info{version=\"1.2.3\"} 1",
            "rowan_commit_rows_sum 5.0",
            "rowan_commit_conflicts_total 1.0",
            "rowan_commit_failures_total 1.0",
            "rowan_watch_events_sent_total 4.0",
            "rowan_leases_expired_total 2.0",
            "rowan_compaction_rows_pruned_total 9.0",
            "rowan_background_failures_total{task=\"prune\"} 1.0",
            "rowan_index_keys 3.0",
            "rowan_value_cache_hits_total 6.0",
            "rowan_watch_lag_revisions 11.0",
            "rowan_leases 12.0",
            "etcd_server_has_leader 1.0",
            "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"0.001\"} 1",
            "etcd_disk_backend_commit_duration_seconds_bucket{le=\"8.192\"} 1",
            "etcd_debugging_lease_ttl_total_sum 60.0",
            "etcd_server_proposals_failed_total 1.0",
            "etcd_mvcc_db_total_size_in_bytes 15.0",
            "rowan_compact_revision 14.0");
    assertThat(reply.body())
        .contains("process_resident_memory_bytes ", "process_cpu_seconds_total ", "jvm_gc_seconds");
  }

  @Test
  void healthIsEtcds() throws Exception {
    HttpResponse<String> reply = send("GET", "/health");

    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertThat(send("GET", "/").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/metrics/x").statusCode()).isEqualTo(404);
    assertThat(send("POST", "/metrics").statusCode()).isEqualTo(405);
  }

  @Test
  void aPortInUseIsNamed() {
    URI taken = URI.create("http://127.0.0.1:" + listener.addresses().getFirst().getPort());

    assertThatThrownBy(() -> MetricsListener.open(List.of(taken), metrics.registry()))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("cannot listen on " + taken + ": ");
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    int port = listener.addresses().getFirst().getPort();
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build();
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }
}
