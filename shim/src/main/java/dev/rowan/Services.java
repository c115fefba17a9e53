package dev.rowan;

import com.google.gson.JsonObject;
import dev.rowan.auth.AuthInterceptor;
import dev.rowan.auth.AuthService;
import dev.rowan.auth.Passwords;
import dev.rowan.cluster.ClusterService;
import dev.rowan.cluster.Leadership;
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
import io.grpc.BindableService;
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
    ServerServiceDefinition guarded = interceptor.guard(service);
    return store.members == null ? guarded : store.members.guard(guarded);
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
        cluster().bindService(),
        maintenance(quota).bindService());
  }

  private BindableService cluster() {
    return store.members == null
        ? new ClusterService(store.identity, store.instances, store.reads)
        : store.members.clusterService(store.identity, store.gate::whenCurrent);
  }

  private MaintenanceService maintenance(Quota quota) {
    return new MaintenanceService(
        store.identity,
        store.authenticator,
        new MaintenanceService.Versions(Version.ETCD, Version.ETCD_STORAGE),
        store.loaded.index(),
        store.sequencer,
        new MaintenanceService.Standing(
            store.size, quota, store.loaded.alarms(), store.loaded.downgrade(), store.leadership),
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
            store.leadership,
            new HealthMetrics(store.metrics.registry()));
    Pages.Versions versions =
        new Pages.Versions(Version.ETCD, Version.ETCD_CLUSTER, Version.ETCD_STORAGE);
    return new Pages(health, store.metrics.registry(), threads, () -> versions, this::raftStatus);
  }

  /** What has a meaning here of what etcd shows of its Raft. */
  private JsonObject raftStatus() {
    Leadership.Place place = store.leadership.place();
    JsonObject status = new JsonObject();
    status.addProperty("id", Long.toHexString(store.identity.memberId()));
    status.addProperty("term", place.term());
    status.addProperty("commit", place.index());
    status.addProperty("lead", Long.toHexString(place.leaderId()));
    status.addProperty("raftState", store.leadership.leads() ? "StateLeader" : "StateFollower");
    status.addProperty("applied", place.appliedIndex());
    return status;
  }
}
