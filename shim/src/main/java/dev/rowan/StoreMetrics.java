package dev.rowan;

import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.quorum.Quorum;
import org.jspecify.annotations.Nullable;

/** Has the metrics tell what the parts of a store know. */
final class StoreMetrics {
  private StoreMetrics() {}

  /**
   * Once, before the store starts.
   *
   * @param quorum of which this is a member; null for a database or a file alone
   */
  static void bind(Store store, @Nullable Quorum quorum) {
    Metrics metrics = store.metrics;
    metrics.bindQueue(store.sequencer::queued, store.sequencer::queuedBytes);
    metrics.bindLeases(store.loaded::leases);
    metrics.bindValueCache(store.values::hits, store.values::misses, store.values::bytes);
    metrics.bindWatchers(store.hub::watchers, store.hub::watchersBehind, store.hub::lagRevisions);
    metrics.bindWatchQueue(store.hub::streams, store.hub::queuedEvents);
    metrics.bindMember(store.identity.memberId(), Version.ETCD);
    metrics.bindLeadership(store.leadership);
    metrics.gauge(
        "etcd_debugging_auth_revision",
        "The revision of users, roles and permissions.",
        () -> store.authenticator.state().revision());
    bindKeys(store, metrics);
    if (quorum == null) {
      metrics.bindNoPeers();
      metrics.bindPending(store.sequencer::queued);
    } else {
      metrics.bindPending(() -> store.sequencer.queued() + quorum.handedOver());
      quorum.bind(metrics);
    }
  }

  private static void bindKeys(Store store, Metrics metrics) {
    KeyIndex index = store.loaded.index();
    KeyRange all = KeyRange.all();
    metrics.bindIndex(() -> index.view().count(all.from(), all.to()));
    metrics.bindStore(
        () -> index.view().revision(),
        () -> index.view().compactRevision(),
        () -> store.size.measured().bytes(),
        () -> store.size.measured().bytesInUse());
  }
}
