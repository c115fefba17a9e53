package dev.rowan.metrics;

import dev.rowan.cluster.Leadership;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Everything that one instance reports, in a registry of its own. What another class already knows
 * is bound once, at its start, and read when scraped; what happens is told by a method, which costs
 * tens of nanoseconds and locks nothing. Safe for any thread; each {@code bind} is called once.
 */
public final class Metrics {
  /** Bounds of durations: doubling from 100 µs, a fast commit, to 13 s, past any timeout. */
  static final double[] SECONDS = doubling(1e-4, 18);

  /** etcd's default of --warning-unary-request-duration. */
  private static final Duration SLOW_CALL = Duration.ofMillis(300);

  /** etcd's default of --warning-apply-duration. */
  private static final Duration SLOW_COMMIT = Duration.ofMillis(100);

  /** What can fail in the background, so that it is there as 0 before it does. */
  private static final List<String> BACKGROUND_TASKS = List.of("timer", "watch-hub");

  private static final double[] COUNTS = doubling(1, 14);
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final SlowWork slow;
  private final RpcMetrics rpc;
  private final EtcdMetrics etcd;
  private final DistributionDataPoint commitSeconds =
      histogram("rowan_commit_duration_seconds", "Time of a batch's commit.", SECONDS);
  private final DistributionDataPoint commitRequests =
      histogram("rowan_commit_requests", "Requests in a batch.", COUNTS);
  private final DistributionDataPoint commitRows =
      histogram("rowan_commit_rows", "Rows in a batch.", COUNTS);
  private final CounterDataPoint commitConflicts =
      counter("rowan_commit_conflicts_total", "Batches evaluated again: the head had moved.");
  private final CounterDataPoint commitFailures =
      counter("rowan_commit_failures_total", "Batches that the database did not take.");
  private final CounterDataPoint eventsSent =
      counter("rowan_watch_events_sent_total", "Events handed to watch streams.");
  private final CounterDataPoint leasesGranted =
      counter("rowan_leases_granted_total", "Leases granted.");
  private final CounterDataPoint leasesRevoked =
      counter("rowan_leases_revoked_total", "Leases revoked by a client.");
  private final CounterDataPoint leasesExpired =
      counter("rowan_leases_expired_total", "Leases whose time ran out.");
  private final CounterDataPoint rowsPruned =
      counter("rowan_compaction_rows_pruned_total", "Rows that compactions deleted.");
  private final DistributionDataPoint pruneSeconds =
      histogram("rowan_compaction_step_duration_seconds", "Time of a deletion step.", SECONDS);
  private final Counter backgroundFailures;

  /** Begins to count, and holds slow what etcd holds slow by default. */
  public Metrics(String version) {
    this(version, SLOW_CALL, SLOW_COMMIT);
  }

  /**
   * Begins to count.
   *
   * @param slowCall a call that takes longer is logged
   * @param slowCommit a commit that takes longer is logged and counted
   */
  public Metrics(String version, Duration slowCall, Duration slowCommit) {
    slow = new SlowWork(slowCall, slowCommit, System::nanoTime);
    rpc = new RpcMetrics(registry, slow);
    etcd = new EtcdMetrics(registry, rpc, slow);
    backgroundFailures =
        Counter.builder()
            .name("rowan_background_failures_total")
            .help("Times that a background task failed.")
            .labelNames("task")
            .withoutExemplars()
            .register(registry);
    BACKGROUND_TASKS.forEach(backgroundFailures::initLabelValues);
    Info info =
        Info.builder()
            .name("rowan_build_info")
            .help("The version that runs.")
            .labelNames("version")
            .register(registry);
    info.setLabelValues(version);
    ProcessMetrics.register(registry);
  }

  public PrometheusRegistry registry() {
    return registry;
  }

  public RpcMetrics rpc() {
    return rpc;
  }

  /** A batch is durable. */
  public void committed(long nanos, int requests, int rows) {
    commitSeconds.observe(nanos / NANOS_PER_SECOND);
    commitRequests.observe(requests);
    commitRows.observe(rows);
    slow.committed(nanos, requests, rows);
    etcd.committed(nanos);
  }

  public void commitConflicted() {
    commitConflicts.inc();
  }

  public void commitFailed() {
    commitFailures.inc();
    etcd.commitFailed();
  }

  public void eventsSent(int events) {
    eventsSent.inc(events);
    etcd.eventsSent(events);
  }

  /** What a batch, of this instance or another, did to keys. */
  public void published(int keysPut, int keysDeleted, long bytesPut) {
    etcd.published(keysPut, keysDeleted, bytesPut);
  }

  /** A transaction did more than one operation. */
  public void multiOpTxn() {
    etcd.multiOpTxn();
  }

  public void leaseGranted(long ttlSeconds) {
    leasesGranted.inc();
    etcd.leaseGranted(ttlSeconds);
  }

  public void leaseRenewed() {
    etcd.leaseRenewed();
  }

  public void leaseRevoked() {
    leasesRevoked.inc();
    etcd.leaseRevoked();
  }

  public void leasesExpired(int leases) {
    leasesExpired.inc(leases);
    etcd.leasesExpired(leases);
  }

  /** One step of a compaction deleted rows. */
  public void pruned(long nanos, int rows) {
    pruneSeconds.observe(nanos / NANOS_PER_SECOND);
    rowsPruned.inc(rows);
    etcd.pruned(nanos, rows);
  }

  /** A loop in the background failed; not for hot paths. */
  public void backgroundFailed(String task) {
    backgroundFailures.labelValues(task).inc();
  }

  /** What waits for the sequencer. */
  public void bindQueue(LongSupplier requests, LongSupplier bytes) {
    gauge("rowan_queue_requests", "Requests that wait for the sequencer.", requests);
    gauge("rowan_queue_bytes", "Bytes of the requests that wait for the sequencer.", bytes);
  }

  /** What the index holds. */
  public void bindIndex(LongSupplier keys) {
    gauge("rowan_index_keys", "Live keys.", keys);
    etcd.bindIndex(keys);
  }

  /** How the cache of values fares; hits and misses only grow. */
  public void bindValueCache(LongSupplier hits, LongSupplier misses, LongSupplier bytes) {
    growing("rowan_value_cache_hits_total", "Values found in memory.", hits);
    growing("rowan_value_cache_misses_total", "Values read from the database.", misses);
    gauge("rowan_value_cache_bytes", "Bytes of values in memory.", bytes);
  }

  /** The watchers; lag is in revisions, of the one that is farthest behind. */
  public void bindWatchers(LongSupplier all, LongSupplier slow, LongSupplier lagRevisions) {
    gauge("rowan_watchers", "Watchers.", all);
    gauge("rowan_watchers_slow", "Watchers that catch up from history.", slow);
    gauge("rowan_watch_lag_revisions", "Revisions that the slowest is behind.", lagRevisions);
    etcd.bindWatchers(all, slow);
  }

  /** What is between commits and watchers. */
  public void bindWatchQueue(LongSupplier streams, LongSupplier pendingEvents) {
    etcd.bindWatchQueue(streams, pendingEvents);
  }

  public void bindLeases(LongSupplier active) {
    gauge("rowan_leases", "Leases that have not ended.", active);
  }

  /** Where the store stands. */
  public void bindStore(
      LongSupplier revision, LongSupplier compactRevision, LongSupplier bytes, LongSupplier used) {
    gauge("rowan_revision", "The newest revision.", revision);
    gauge("rowan_compact_revision", "The revision of the last compaction.", compactRevision);
    gauge("rowan_db_size_bytes", "Size of the database.", bytes);
    gauge("rowan_db_size_in_use_bytes", "Of it, what is not free for reuse.", used);
    etcd.bindStore(revision, compactRevision, bytes, used);
  }

  /** The requests that wait for the next batch. */
  public void bindPending(LongSupplier pending) {
    etcd.bindPending(pending);
  }

  /** Says of what there is between members that there is none of it. */
  public void bindNoPeers() {
    etcd.bindNoPeers();
  }

  /**
   * For a store whose log and file are two: from now on their times are told apart from those of
   * batches, by {@link #logSynced} and {@link #fileWritten}.
   */
  public void tellDiskApart() {
    etcd.tellDiskApart();
  }

  /** The log was written to the disk. */
  public void logSynced(long nanos) {
    etcd.synced(nanos);
  }

  /** A batch was written to the file, which need not wait for the disk. */
  public void fileWritten(long nanos) {
    slow.written(nanos);
    etcd.written(nanos);
  }

  /** Who leads, and what is settled and applied. */
  public void bindLeadership(Leadership leadership) {
    etcd.bindLeadership(leadership);
  }

  /**
   * Who this is.
   *
   * @param version of the etcd that it is as
   */
  public void bindMember(long memberId, String version) {
    etcd.bindMember(Long.toHexString(memberId), version);
  }

  /** What another part of the server knows, under a name of its own or of etcd's. */
  public void gauge(String name, String help, LongSupplier value) {
    ProcessMetrics.gauge(registry, name, help, value::getAsLong);
  }

  private void growing(String name, String help, LongSupplier value) {
    ProcessMetrics.counter(registry, name, help, value::getAsLong);
  }

  private CounterDataPoint counter(String name, String help) {
    return Counter.builder().name(name).help(help).withoutExemplars().register(registry);
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

  static double[] doubling(double first, int count) {
    double[] bounds = new double[count];
    double bound = first;
    for (int i = 0; i < count; i++) {
      bounds[i] = bound;
      bound *= 2;
    }
    return bounds;
  }
}
