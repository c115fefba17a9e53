package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.rowan.StartException;
import dev.rowan.error.EtcdError;
import dev.rowan.grpc.ClientPort;
import dev.rowan.grpc.EventLoops;
import dev.rowan.metrics.HealthMetrics;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmType;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PagesTest {
  private static final URI ANY_PORT = URI.create("http://127.0.0.1:0");

  private final Metrics metrics = new Metrics("1.2.3");
  private final HttpThreads threads = HttpThreads.open();
  private volatile Consumer<ReadGate.Read> gate = ReadGate.Read::run;
  private volatile List<AlarmMember> alarms = List.of();
  private final SettableLeadership leadership = new SettableLeadership();
  private EventLoops loops;
  private Pages pages;
  private ClientPort port;
  private InetSocketAddress address;

  @BeforeEach
  void open() throws StartException {
    loops = EventLoops.open();
    Health health =
        new Health(
            read -> gate.accept(read),
            new KeyIndex(),
            () -> alarms,
            leadership,
            new HealthMetrics(metrics.registry()));
    pages =
        new Pages(
            health,
            metrics.registry(),
            threads,
            () -> new Pages.Versions("3.7.3", "3.7.0", "3.7.0"),
            JsonObject::new);
    port = HttpPort.open(loops);
    address = HttpPort.serve(port, ANY_PORT, HttpPipeline.forMetrics(pages));
  }

  @AfterEach
  void close() {
    port.stop(Duration.ZERO, () -> {});
    threads.close();
    loops.close();
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
    assertThat(reply.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
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
            "rowan_compact_revision 14.0");
    assertThat(reply.body())
        .contains("process_resident_memory_bytes ", "process_cpu_seconds_total ", "jvm_gc_seconds");
  }

  /** H-2. */
  @Test
  void healthIsEtcds() throws Exception {
    HttpResponse<String> reply = send("GET", "/health");

    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(reply.body()).isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
  }

  /** H-2, H-3: NOSPACE makes it unhealthy, and only CORRUPT unready. */
  @Test
  void alarmsMakeItUnhealthyUnlessTheyAreExcluded() throws Exception {
    alarms = List.of(AlarmMember.newBuilder().setAlarm(AlarmType.NOSPACE).build());

    assertThat(send("GET", "/health").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/health").body())
        .isEqualTo("{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n");
    assertThat(send("GET", "/health?exclude=CORRUPT").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/health?exclude=CORRUPT&exclude=NOSPACE").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);

    alarms = List.of(AlarmMember.newBuilder().setAlarm(AlarmType.CORRUPT).build());

    assertThat(send("GET", "/health").body()).contains("ALARM CORRUPT");
    assertThat(send("GET", "/readyz").body())
        .startsWith("[-]data_corruption failed: alarm activated: CORRUPT\n[+]");
    assertThat(send("GET", "/readyz?exclude=data_corruption").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/livez").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/metrics").body())
        .contains(
            "etcd_server_health_success 1.0",
            "etcd_server_healthcheck{name=\"data_corruption\",type=\"readyz\"} 0.0",
            "etcd_server_healthchecks_total{name=\"serializable_read\","
                + "status=\"success\",type=\"livez\"} 1.0");
  }

  /** H-2, H-3: a database that cannot be asked is for linearizable reads alone. */
  @Test
  void aReadThatIsGivenUpMakesItUnhealthy() throws Exception {
    gate = read -> read.refuse(EtcdError.TIMED_OUT.exception());

    assertThat(send("GET", "/health").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/health").body())
        .isEqualTo(
            "{\"health\":\"false\",\"reason\":\"RANGE ERROR:etcdserver: request timed out\"}\n");
    assertThat(send("GET", "/health?serializable=true").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/livez").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/readyz/linearizable_read").body())
        .isEqualTo("[-]linearizable_read failed: etcdserver: request timed out\n\n");
    assertThat(send("GET", "/readyz?exclude=linearizable_read").statusCode()).isEqualTo(200);
  }

  /** H-2: an alarm is told first; who reads serializably needs no leader. */
  @Test
  void withoutALeaderItIsUnhealthy() throws Exception {
    leadership.set(0, false);

    assertThat(send("GET", "/health").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/health").body())
        .isEqualTo("{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n");
    assertThat(send("GET", "/health?serializable=true").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/livez").statusCode()).isEqualTo(200);

    alarms = List.of(AlarmMember.newBuilder().setAlarm(AlarmType.NOSPACE).build());

    assertThat(send("GET", "/health").body()).contains("ALARM NOSPACE");
  }

  /** H-3. */
  @Test
  void aLearnerIsNotReady() throws Exception {
    leadership.set(2, true);

    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/readyz/non_learner").body())
        .isEqualTo("[-]non_learner failed: not supported for learner\n\n");
    assertThat(send("GET", "/readyz?exclude=non_learner").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/health").statusCode()).isEqualTo(200);
  }

  /** H-7, H-8. */
  @Test
  void metricsTellWhoLeads() throws Exception {
    metrics.bindLeadership(leadership);
    leadership.set(2, true);

    assertThat(send("GET", "/metrics").body())
        .contains(
            "etcd_server_has_leader 1.0",
            "etcd_server_is_leader 0.0",
            "etcd_server_is_learner 1.0",
            "etcd_server_leader_changes_seen_total 3.0",
            "etcd_server_learner_promote_successes 4.0",
            "etcd_server_proposals_committed_total 5.0",
            "etcd_server_proposals_applied_total 5.0");
  }

  /** H-3. */
  @Test
  void checksAreListedWhenAskedFor() throws Exception {
    assertThat(send("GET", "/livez").body()).isEqualTo("ok\n");
    assertThat(send("GET", "/livez?verbose").body()).isEqualTo("[+]serializable_read ok\nok\n");
    assertThat(send("GET", "/readyz?verbose").body().lines())
        .containsExactlyInAnyOrder(
            "[+]data_corruption ok",
            "[+]serializable_read ok",
            "[+]linearizable_read ok",
            "[+]non_learner ok",
            "ok");
    assertThat(send("GET", "/readyz/non_learner?verbose").body())
        .isEqualTo("[+]non_learner ok\nok\n");
    assertThat(send("GET", "/readyz/nothing").statusCode()).isEqualTo(404);
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertThat(send("GET", "/").body()).isEqualTo("404 page not found\n");
    assertThat(send("GET", "/metrics/x").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/version").statusCode()).isEqualTo(404);
    assertThat(send("POST", "/v3/kv/range").statusCode()).isEqualTo(404);
    HttpResponse<String> refused = send("POST", "/health");
    assertThat(refused.statusCode()).isEqualTo(405);
    assertThat(refused.headers().firstValue("Allow")).contains("GET");
    assertThat(send("HEAD", "/livez").statusCode()).isEqualTo(405);
    assertThat(send("POST", "/metrics").statusCode()).isEqualTo(200);
  }

  /** A request is answered before the next is begun, however fast they come. */
  @Test
  void requestsThatComeTogetherAreAnsweredInOrder() throws Exception {
    String get = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    String post = "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nx\r\n\r\n";
    String last = "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    try (var connection = new RawConnection(address())) {
      String answers = connection.send((get + post).repeat(50) + last).readAll();

      assertThat(answers.lines().filter(line -> line.startsWith("HTTP/1.1 ")))
          .hasSize(101)
          .startsWith("HTTP/1.1 200 OK", "HTTP/1.1 405 Method Not Allowed", "HTTP/1.1 200 OK")
          .endsWith("HTTP/1.1 405 Method Not Allowed", "HTTP/1.1 404 Not Found");
    }
  }

  /** One piece of thousands of tiny chunks is one loop, not thousands of calls in each other. */
  @Test
  void aBodyOfManyTinyChunksIsRead() throws Exception {
    String head = "POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    try (var connection = new RawConnection(address())) {
      connection.send(head + "1\r\nx\r\n".repeat(100_000) + "0\r\n\r\n");

      assertThat(connection.readUntil("Method Not Allowed\n")).startsWith("HTTP/1.1 405 ");
    }
  }

  @Test
  void whatIsTooLargeOrNotHttpIsAnsweredAndEndsTheConnection() throws Exception {
    String large = "x".repeat(HttpPipeline.HEADERS_BYTES_MAX + 1);
    assertThat(answerTo("GET /livez HTTP/1.1\r\nHost: a\r\nX: " + large))
        .startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n");
    assertThat(answerTo("GET /" + large)).startsWith("HTTP/1.1 431 ");
    assertThat(answerTo("GARBAGE\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(answerTo("GET /livez HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(answerTo("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    String chunked = "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertThat(answerTo(chunked + "zz\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void aConnectionOfHttp10EndsWithItsAnswer() throws Exception {
    assertThat(answerTo("GET /livez HTTP/1.0\r\n\r\n"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("ok\n");
  }

  @Test
  void aPortInUseIsNamed() {
    URI taken = URI.create("http://127.0.0.1:" + address().getPort());

    assertThatThrownBy(() -> port.serve(List.of(taken), HttpPipeline.forMetrics(pages)))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("cannot listen on " + taken + ": ");
  }

  private InetSocketAddress address() {
    return address;
  }

  private String answerTo(String request) throws Exception {
    try (var connection = new RawConnection(address())) {
      String answer = connection.send(request).readUntil("\r\n\r\n");
      return answer + connection.readAll();
    }
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + address().getPort() + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .timeout(Duration.ofSeconds(60))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }
}
