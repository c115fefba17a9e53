package dev.rowan.mvcc;

import dev.rowan.dialects.Head;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndex;
import java.util.ArrayList;
import java.util.List;

/**
 * A log that is read anew by an instance that serves: others pruned what it had not read yet. All
 * of it is collected beside what is served, which stays as it is until then. Belongs to the
 * sequencer's thread.
 */
final class Reload implements RevisionLog.LoadVisitor {
  private final KeyIndex index = new KeyIndex();
  private final List<MetaRow> rows = new ArrayList<>();

  @Override
  public void meta(MetaRow row) {
    rows.add(row);
  }

  @Override
  public void row(long id, byte[] key, long createRevision, long version, long leaseId) {
    index.load(key, id, createRevision, version, leaseId);
  }

  /** Puts what was read, up to a head, in the place of what is served. */
  void replace(KeyIndex served, MetaState meta, Head head) {
    index.publish(head.revision(), head.compactRevision(), head.position());
    meta.replaceBy(rows);
    LoadedStore.attach(index.view(), meta.leases());
    meta.commit();
    served.replaceBy(index);
  }
}
