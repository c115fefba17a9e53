package dev.rowan.quorum;

import dev.rowan.metrics.Metrics;
import dev.rowan.raft.RaftMeasures;
import dev.rowan.raft.RaftMeasures.OfPeer;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * What a member of a quorum reports beside what every store does, under etcd's names (H-7, H-8).
 * Where etcd has a counter whose name doesn't end in "_total", it is a gauge here.
 */
final class QuorumMetrics implements RaftMeasures.Observer {
  private static final String TO = "To";
  private static final String FROM = "From";
  private static final double NANOS_PER_SECOND = 1e9;

  private final Metrics metrics;
  private final PrometheusRegistry registry;
  private final long self;
  private final Membership membership;
  private final RaftMeasures measures;
  private final Histogram roundTripSeconds;
  private final DistributionDataPoint stateSeconds;
  private final DistributionDataPoint stateSyncSeconds;

  QuorumMetrics(Metrics metrics, long self, Membership membership, RaftMeasures measures) {
    this.metrics = metrics;
    registry = metrics.registry();
    this.self = self;
    this.membership = membership;
    this.measures = measures;
    roundTripSeconds =
        histogram(
                "etcd_network_peer_round_trip_time_seconds",
                "Time of a ping's round trip, behind what else the member was asked.",
                1e-4,
                16)
            .labelNames(TO)
            .register(registry);
    stateSeconds =
        histogram(
                "etcd_snap_db_save_total_duration_seconds",
                "Time in which another member's whole state was received and saved.",
                0.1,
                10)
            .register(registry);
    stateSyncSeconds =
        histogram("etcd_snap_db_fsync_duration_seconds", "Of it, the time of the fsync.", 1e-3, 14)
            .register(registry);
  }

  private static Histogram.Builder histogram(String name, String help, double first, int count) {
    return Histogram.builder()
        .withoutExemplars()
        .name(name)
        .help(help)
        .classicOnly()
        .classicExponentialUpperBounds(first, 2, count);
  }

  void bind(QuorumMachine machine) {
    reads();
    elections();
    peers();
    states();
    gauge(
        "etcd_server_snapshot_apply_in_progress_total",
        "Whether another member's state is being taken over.",
        () -> machine.installing() ? 1 : 0);
    metrics.tellDiskApart();
    machine.tellCommits(metrics::fileWritten);
    measures.tell(this);
  }

  private void reads() {
    counter(
        "etcd_server_read_indexes_failed_total",
        "Linearizable reads' questions that no leader answered in time.",
        measures::readsFailed);
    counter(
        "etcd_server_slow_read_indexes_total",
        "Those that took more than half a second.",
        measures::readsSlow);
  }

  private void elections() {
    counter(
        "rowan_early_elections_total",
        "Elections stood for because the leader's process was found gone.",
        measures::earlyElections);
  }

  private void peers() {
    ofPeers("etcd_network_peer_sent_bytes_total", "Bytes to members.", TO, OfPeer::bytesSent);
    ofPeers(
        "etcd_network_peer_received_bytes_total",
        "Bytes from members.",
        FROM,
        OfPeer::bytesReceived);
    GaugeWithCallback.builder()
        .name("etcd_network_known_peers")
        .help("The members.")
        .labelNames("Local", "Remote")
        .callback(gauge ->
            membership
                .view()
                .members()
                .forEach(member -> gauge.call(1, hex(self), hex(member.getId()))))
        .register(registry);
    GaugeWithCallback.builder()
        .name("etcd_network_active_peers")
        .help("Whether a member answered its last ping.")
        .labelNames("Local", "Remote")
        .callback(gauge ->
            measures
                .peers()
                .forEach((id, peer) -> gauge.call(peer.connected() ? 1 : 0, hex(self), hex(id))))
        .register(registry);
  }

  private void states() {
    stateOfPeers("send_success", "Whole states sent.", TO, OfPeer::statesSent);
    stateOfPeers("send_failures", "States not sent to the end.", TO, OfPeer::statesNotSent);
    stateOfPeers("send_inflights_total", "States being sent.", TO, OfPeer::statesUnderWay);
    stateOfPeers("receive_success", "Whole states received.", FROM, OfPeer::statesReceived);
    stateOfPeers("receive_failures", "States not received well.", FROM, OfPeer::statesNotReceived);
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }

  private void ofPeers(String name, String help, String label, ToLongFunction<OfPeer> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(counter -> ofEach(value, counter::call))
        .register(registry);
  }

  private void stateOfPeers(String name, String help, String label, ToLongFunction<OfPeer> value) {
    GaugeWithCallback.builder()
        .name("etcd_network_snapshot_" + name)
        .help(help)
        .labelNames(label)
        .callback(gauge -> ofEach(value, gauge::call))
        .register(registry);
  }

  private void ofEach(ToLongFunction<OfPeer> value, BiConsumer<Double, String> told) {
    measures.peers().forEach((id, peer) -> told.accept((double) value.applyAsLong(peer), hex(id)));
  }

  private void counter(String name, String help, LongSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(counter -> counter.call((double) value.getAsLong()))
        .register(registry);
  }

  private void gauge(String name, String help, LongSupplier value) {
    metrics.gauge(name, help, value);
  }

  @Override
  public void synced(long nanos) {
    metrics.logSynced(nanos);
  }

  @Override
  public void answered(long peerId, long nanos) {
    roundTripSeconds.labelValues(hex(peerId)).observe(nanos / NANOS_PER_SECOND);
  }

  @Override
  public void received(long nanos, long syncNanos) {
    stateSeconds.observe(nanos / NANOS_PER_SECOND);
    stateSyncSeconds.observe(syncNanos / NANOS_PER_SECOND);
  }
}
