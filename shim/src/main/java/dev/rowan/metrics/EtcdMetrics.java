package dev.rowan.metrics;

import dev.rowan.cluster.Leadership;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What etcd's dashboards and alerts ask for, under etcd's names (H-7, H-8): those that mean
 * something here. The others are listed in docs/compatibility.md. Safe for any thread.
 */
final class EtcdMetrics {
  /** Bounds of what a disk does: 1 ms to 8 s, doubling. */
  private static final double[] DISK_SECONDS = Metrics.doubling(1e-3, 14);

  private static final double[] STEP_MILLIS = Metrics.doubling(1, 13);
  private static final double[] TTL_SECONDS = Metrics.doubling(1, 24);

  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final long MILLIS_PER_SECOND = 1000;

  private final PrometheusRegistry registry;
  private final SlowWork slow;
  private final LongAdder puts = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder putBytes = new LongAdder();
  private final LongAdder txns = new LongAdder();
  private final LongAdder events = new LongAdder();
  private final LongAdder slowCommits = new LongAdder();
  private final LongAdder failedCommits = new LongAdder();
  private final LongAdder rowsPruned = new LongAdder();
  private final LongAdder leasesGranted = new LongAdder();
  private final LongAdder leasesRenewed = new LongAdder();
  private final LongAdder leasesRevoked = new LongAdder();
  private final LongAdder leasesExpired = new LongAdder();
  private final DistributionDataPoint fsyncSeconds;
  private final DistributionDataPoint commitSeconds;
  private final DistributionDataPoint pruneMillis;
  private final DistributionDataPoint leaseTtls;
  private volatile long prunedAtSeconds;
  private volatile boolean diskApart;

  EtcdMetrics(PrometheusRegistry registry, RpcMetrics rpc, SlowWork slow) {
    this.registry = registry;
    this.slow = slow;
    fsyncSeconds =
        histogram(
            "etcd_disk_wal_fsync_duration_seconds",
            "Time of a batch's commit, in which the database syncs its own log; in a quorum of its"
                + " log's fsync.",
            DISK_SECONDS);
    commitSeconds =
        histogram(
            "etcd_disk_backend_commit_duration_seconds",
            "Time of a batch's commit; in a quorum of that to this member's file.",
            DISK_SECONDS);
    pruneMillis =
        histogram(
            "etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds",
            "Time of a deletion step, in which writes wait.",
            STEP_MILLIS);
    leaseTtls =
        histogram("etcd_debugging_lease_ttl_total", "Times to live of leases.", TTL_SECONDS);
    counters(rpc);
  }

  private void counters(RpcMetrics rpc) {
    counter("etcd_mvcc_put_total", "Keys put.", puts::sum);
    counter("etcd_mvcc_delete_total", "Keys deleted.", deletes::sum);
    counter("etcd_mvcc_txn_total", "Transactions that did more than one operation.", txns::sum);
    counter(
        "etcd_mvcc_range_total",
        "Ranges answered.",
        () ->
            rpc.succeeded("etcdserverpb.KV/Range") + rpc.succeeded("etcdserverpb.KV/RangeStream"));
    gauge("etcd_debugging_mvcc_total_put_size_in_bytes", "Bytes put.", putBytes::sum);
    counter("etcd_debugging_mvcc_events_total", "Events sent.", events::sum);
    counter("etcd_debugging_mvcc_db_compaction_keys_total", "Rows pruned.", rowsPruned::sum);
    gauge(
        "etcd_debugging_mvcc_db_compaction_last",
        "When rows were pruned last, in seconds since 1970; 0 for never.",
        () -> prunedAtSeconds);
    counter("etcd_debugging_lease_granted_total", "Leases granted.", leasesGranted::sum);
    counter("etcd_debugging_lease_renewed_total", "Renewals of leases.", leasesRenewed::sum);
    counter(
        "etcd_debugging_lease_revoked_total",
        "Leases revoked or ended.",
        () -> leasesRevoked.sum() + leasesExpired.sum());
    counter("etcd_debugging_server_lease_expired_total", "Leases ended.", leasesExpired::sum);
    counter(
        "etcd_server_slow_apply_total",
        "Commits that took longer than --warning-apply-duration.",
        slowCommits::sum);
    counter(
        "etcd_server_proposals_failed_total",
        "Batches that the database did not take.",
        failedCommits::sum);
  }

  /** For a store without peers. */
  void bindNoPeers() {
    counter("etcd_server_heartbeat_send_failures_total", "Always 0: there are no peers.", () -> 0);
    gauge("etcd_server_snapshot_apply_in_progress_total", "Always 0: there are no peers.", () -> 0);
  }

  void committed(long nanos) {
    if (!diskApart) {
      synced(nanos);
      written(nanos);
    }
  }

  /** From now on the disk's times are told apart from those of batches. */
  void tellDiskApart() {
    diskApart = true;
  }

  void synced(long nanos) {
    fsyncSeconds.observe(nanos / NANOS_PER_SECOND);
  }

  void written(long nanos) {
    commitSeconds.observe(nanos / NANOS_PER_SECOND);
    if (slow.isSlowCommit(nanos)) {
      slowCommits.increment();
    }
  }

  void commitFailed() {
    failedCommits.increment();
  }

  void published(int keysPut, int keysDeleted, long bytesPut) {
    puts.add(keysPut);
    deletes.add(keysDeleted);
    putBytes.add(bytesPut);
  }

  void multiOpTxn() {
    txns.increment();
  }

  void eventsSent(int sent) {
    events.add(sent);
  }

  void leaseGranted(long ttlSeconds) {
    leasesGranted.increment();
    leaseTtls.observe((double) ttlSeconds);
  }

  void leaseRenewed() {
    leasesRenewed.increment();
  }

  void leaseRevoked() {
    leasesRevoked.increment();
  }

  void leasesExpired(int leases) {
    leasesExpired.add(leases);
  }

  void pruned(long nanos, int rows) {
    pruneMillis.observe(nanos / NANOS_PER_MILLI);
    rowsPruned.add(rows);
    prunedAtSeconds = System.currentTimeMillis() / MILLIS_PER_SECOND;
  }

  void bindWatchers(LongSupplier all, LongSupplier slow) {
    gauge("etcd_debugging_mvcc_watcher_total", "Watchers.", all);
    gauge("etcd_debugging_mvcc_slow_watcher_total", "Watchers that catch up.", slow);
  }

  void bindWatchQueue(LongSupplier streams, LongSupplier pendingEvents) {
    gauge("etcd_debugging_mvcc_watch_stream_total", "Watch streams.", streams);
    gauge(
        "etcd_debugging_mvcc_pending_events_total",
        "Events that are committed and not yet handed to watchers.",
        pendingEvents);
  }

  void bindStore(
      LongSupplier revision, LongSupplier compactRevision, LongSupplier bytes, LongSupplier used) {
    gauge("etcd_debugging_mvcc_current_revision", "The newest revision.", revision);
    gauge(
        "etcd_debugging_mvcc_compact_revision",
        "The revision of the last compaction.",
        compactRevision);
    gauge("etcd_mvcc_db_total_size_in_bytes", "Size of the database.", bytes);
    gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Of it, what is not free for reuse.", used);
  }

  void bindIndex(LongSupplier keys) {
    gauge("etcd_debugging_mvcc_keys_total", "Live keys.", keys);
  }

  void bindPending(LongSupplier pending) {
    gauge(
        "etcd_server_proposals_pending",
        "Requests that wait for the sequencer, or in a quorum for the leader's.",
        pending);
  }

  void bindLeadership(Leadership leadership) {
    gauge(
        "etcd_server_has_leader",
        "Whether a leader is known.",
        () -> leadership.place().leaderKnown() ? 1 : 0);
    gauge("etcd_server_is_leader", "Whether this member leads.", () -> leadership.leads() ? 1 : 0);
    gauge(
        "etcd_server_is_learner",
        "Whether this member only learns.",
        () -> leadership.place().learner() ? 1 : 0);
    counter(
        "etcd_server_leader_changes_seen_total",
        "Times that a leader came.",
        () -> leadership.seen().leaderChanges());
    gauge(
        "etcd_server_learner_promote_successes",
        "Learners that were promoted while this member led.",
        () -> leadership.seen().promotions());
    gauge(
        "etcd_server_proposals_committed_total",
        "Up to where the order of all changes is settled.",
        () -> leadership.place().index());
    gauge(
        "etcd_server_proposals_applied_total",
        "Up to where it is applied here.",
        () -> leadership.place().appliedIndex());
  }

  void bindMember(String memberId, String version) {
    String minor = version.substring(0, version.lastIndexOf('.'));
    info("etcd_server_id", "This member's id.", "server_id", memberId);
    info("etcd_server_version", "etcd's version that this is as.", "server_version", version);
    info("etcd_cluster_version", "Its first two numbers.", "cluster_version", minor);
  }

  private void info(String name, String help, String label, String value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(gauge -> gauge.call(1, value))
        .register(registry);
  }

  private void gauge(String name, String help, LongSupplier value) {
    ProcessMetrics.gauge(registry, name, help, value::getAsLong);
  }

  private void counter(String name, String help, LongSupplier value) {
    ProcessMetrics.counter(registry, name, help, value::getAsLong);
  }

  private DistributionDataPoint histogram(String name, String help, double[] bounds) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .classicOnly()
        .classicUpperBounds(bounds)
        .withoutExemplars()
        .register(registry);
  }
}
