package dev.rowan.mvcc;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Head;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.index.KeyIndex;
import java.util.List;

/**
 * What an instance holds in memory of its store, as it goes on: the index, the meta state, and the
 * head that both are at. Belongs to the sequencer's thread but for {@link #head}.
 */
final class LiveStore {
  private final KeyIndex index;
  private final MetaState meta;
  private final Values values;
  private final CommitListener listener;
  private final Metrics metrics;
  private volatile Head head;

  LiveStore(LoadedStore loaded, Values values, CommitListener listener, Metrics metrics) {
    this.index = loaded.index();
    this.meta = loaded.meta();
    this.head = loaded.head();
    this.values = values;
    this.listener = listener;
    this.metrics = metrics;
  }

  KeyIndex index() {
    return index;
  }

  MetaState meta() {
    return meta;
  }

  /** The head that the index is at, or is just being published at. Any thread. */
  Head head() {
    return head;
  }

  /** A batch in the making, on top of what is published. */
  Draft draft() {
    return new Draft(index, meta, values, head);
  }

  /** Publishes a batch of this instance that is durable. */
  void publish(Draft draft, Batch rows) {
    head =
        new Head(
            head.position() + 1,
            rows.revision(),
            rows.compactRevision(),
            rows.token(),
            head.clusterId());
    meta.commit();
    publish(draft.changes());
  }

  /** Publishes what others appended, which the index and the meta state hold already. */
  void publish(Head read, List<Change> changes) {
    head = read;
    publish(changes);
  }

  private void publish(List<Change> changes) {
    int puts = 0;
    long putBytes = 0;
    for (Change change : changes) {
      values.add(change);
      if (!change.deletion()) {
        puts++;
        putBytes += change.kv().getKey().size() + change.kv().getValue().size();
      }
    }
    metrics.published(puts, changes.size() - puts, putBytes);
    index.publish(head.revision(), head.compactRevision(), head.position());
    listener.committed(index.view(), changes);
  }

  /** Takes what was read anew in the place of everything. */
  void replace(Reload reload, Head read) {
    reload.replace(index, meta, read);
    head = read;
    listener.reloaded(index.view());
  }

  /** Takes a draft back that is not committed. */
  void rollback() {
    index.discard();
    meta.rollback();
  }

  /** Forgets keys of which nothing is left. */
  void forget(byte[][] keys, long compactRevision) {
    for (byte[] key : keys) {
      index.forget(key, compactRevision);
    }
    index.publish(head.revision(), head.compactRevision(), head.position());
  }
}
