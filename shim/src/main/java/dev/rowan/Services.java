package dev.rowan;

import com.google.gson.JsonObject;
import dev.rowan.auth.AuthInterceptor;
import dev.rowan.auth.AuthService;
import dev.rowan.auth.Passwords;
import dev.rowan.cluster.ClusterService;
import dev.rowan.http.Health;
import dev.rowan.http.Pages;
import dev.rowan.kv.KvService;
import dev.rowan.kv.RequestChecks;
import dev.rowan.lease.LeaseService;
import dev.rowan.maintenance.Defragmenter;
import dev.rowan.maintenance.HashCalls;
import dev.rowan.maintenance.MaintenanceService;
import dev.rowan.maintenance.Quota;
import dev.rowan.metrics.HealthMetrics;
import dev.rowan.snapshot.Snapshots;
import dev.rowan.watch.WatchService;
import io.grpc.ServerServiceDefinition;
import java.util.List;
import java.util.concurrent.Executor;

/** Makes what is served of a store: etcd's services, and the pages over HTTP. Immutable. */
final class Services {
  private final Store store;
  private final ServerConfig config;
  private final AuthInterceptor interceptor;

  Services(Store store, ServerConfig config) {
    this.store = store;
    this.config = config;
    this.interceptor =
        new AuthInterceptor(
            store.authenticator,
            store.loaded.index(),
            store.gate,
            config.auth().certificatesNameUsers());
  }

  /** A service with who may call it in front. */
  ServerServiceDefinition guarded(ServerServiceDefinition service) {
    return interceptor.guard(service);
  }

  /** Whether calls need a user now. */
  boolean authEnabled() {
    return store.authenticator.state().enabled();
  }

  /** Makes those of etcd's services that stand on the store itself, each guarded. */
  List<ServerServiceDefinition> all() {
    return unguarded().stream().map(this::guarded).toList();
  }

  private List<ServerServiceDefinition> unguarded() {
    ServerConfig.Limits limits = config.limits();
    RequestChecks checks = new RequestChecks(limits.txnOpsMax(), limits.requestBytesMax());
    Quota quota =
        new Quota(
            limits.quotaBytes(),
            store.size,
            store.loaded.alarms(),
            store.sequencer,
            store.identity.memberId());
    store.metrics.gauge(
        "etcd_server_quota_backend_bytes", "Quota of the database; -1 for none.", quota::bytes);
    KvService kv =
        new KvService(
            store.identity,
            store.authenticator,
            checks,
            store.loaded.index(),
            store.values,
            store.sequencer,
            store.gate,
            store.pruner,
            quota,
            store.reads);
    return List.of(
        kv.bindService(),
        new WatchService(
                store.identity,
                store.authenticator,
                store.gate,
                store.hub,
                limits.messageBytesMax())
            .definition(),
        new LeaseService(
                store.authenticator,
                store.sequencer,
                quota,
                config.timing().leaseTtlMin().toSeconds())
            .bindService(),
        new AuthService(
                store.authenticator,
                config.auth().jwt(),
                new Passwords(config.auth().bcryptCost()),
                checks,
                store.sequencer,
                store.gate,
                store.hashing)
            .bindService(),
        new ClusterService(store.identity, store.instances).bindService(),
        maintenance(quota).bindService());
  }

  private MaintenanceService maintenance(Quota quota) {
    return new MaintenanceService(
        store.identity,
        store.authenticator,
        new MaintenanceService.Versions(Version.ETCD, Version.ETCD_STORAGE),
        store.loaded.index(),
        store.sequencer,
        new MaintenanceService.Standing(
            store.size, quota, store.loaded.alarms(), store.loaded.downgrade(), store.instances),
        new HashCalls(
            store.identity,
            store.loaded.index(),
            store.revisionLog,
            store.compactionHashes,
            store.longTasks,
            store.timer,
            config.timing().requestTimeout()),
        new Defragmenter(store.revisionLog, store.sequencer, store.size, store.defragmenting),
        snapshots());
  }

  private Snapshots snapshots() {
    return new Snapshots(
        store.revisionLog,
        store.loaded.index(),
        store.identity,
        store.size,
        config.endpoint().spoolFolder(),
        store.snapshots);
  }

  /**
   * Makes the pages that are served over HTTP.
   *
   * @param threads scrape the metrics
   */
  Pages pages(Executor threads) {
    Health health =
        new Health(
            store.gate::whenCurrent,
            store.loaded.index(),
            () -> store.loaded.alarms().committed().all(),
            new HealthMetrics(store.metrics.registry()));
    Pages.Versions versions =
        new Pages.Versions(Version.ETCD, Version.ETCD_CLUSTER, Version.ETCD_STORAGE);
    return new Pages(health, store.metrics.registry(), threads, () -> versions, this::raftStatus);
  }

  /** What has a meaning here of what etcd shows of its Raft: this instance leads itself. */
  private JsonObject raftStatus() {
    String id = Long.toHexString(store.identity.memberId());
    long position = store.loaded.index().view().position();
    JsonObject status = new JsonObject();
    status.addProperty("id", id);
    status.addProperty("term", store.identity.term());
    status.addProperty("commit", position);
    status.addProperty("lead", id);
    status.addProperty("raftState", "StateLeader");
    status.addProperty("applied", position);
    return status;
  }
}
