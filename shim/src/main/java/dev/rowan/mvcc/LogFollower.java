package dev.rowan.mvcc;

import dev.rowan.dialects.ChangesPage;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyEntry;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over what other instances appended to the log. Belongs to the sequencer's thread, and asks
 * the log.
 */
final class LogFollower {
  private static final Logger log = LoggerFactory.getLogger(LogFollower.class);

  /** Rows read from the log at once when other instances have written. */
  static final int SYNC_ROWS_MAX = 10_000;

  private final RevisionLog revisionLog;
  private final LiveStore store;

  /** Rows of other instances with a lease, of pages that their leases have not followed yet. */
  private final List<LogRow> unattached = new ArrayList<>();

  LogFollower(RevisionLog revisionLog, LiveStore store) {
    this.revisionLog = revisionLog;
    this.store = store;
  }

  /**
   * Reads and publishes what other instances appended, or everything if that is pruned.
   *
   * @param certain whether something must be there
   */
  void sync(boolean certain) throws LogException {
    long before = store.head().position();
    catchUp();
    if (certain && store.head().position() == before) {
      throw new LogException.Corrupt("a row that must be there is missing from the log", null);
    }
  }

  /** Reads what followed, if anything did; all anew if it was pruned in part. */
  private void catchUp() throws LogException {
    try {
      readOn(revisionLog.changesSince(store.head(), SYNC_ROWS_MAX));
    } catch (LogException.Pruned e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("away for too long, reading all anew");
      Reload reload = new Reload();
      Head read = revisionLog.load(reload);
      ChangesPage.checkOrder(store.head(), read);
      store.replace(reload, read);
      unattached.clear();
      log.atInfo().addKeyValue("revision", read.revision()).log("read the log anew");
    }
  }

  /** Applies what was read, and reads on as long as there is more. */
  void readOn(RevisionLog.Changes first) throws LogException {
    apply(first);
    RevisionLog.Changes read = first;
    while (read.more()) {
      read = revisionLog.changesSince(store.head(), SYNC_ROWS_MAX);
      apply(read);
    }
    attach();
  }

  private void apply(RevisionLog.Changes read) {
    if (read.more()) {
      // The permissions that were changed among these rows come with the last page.
      store.meta().auth().setBehind(true);
    }
    read.meta().forEach(store.meta()::apply);
    List<Change> changes = new ArrayList<>(read.rows().size());
    for (LogRow row : read.rows()) {
      changes.add(apply(row));
      if (row.leaseId() != 0 && read.more()) {
        unattached.add(row);
      }
    }
    store.meta().commit();
    if (!read.more()) {
      store.meta().auth().setBehind(false);
    }
    store.publish(read.head(), changes);
  }

  /** Attaches keys that were read before the lease that they belong to: meta rows come last. */
  private void attach() {
    for (LogRow row : unattached) {
      KeyEntry entry = store.index().get(row.key().toByteArray());
      if (entry != null && entry.id() == row.id()) {
        store.meta().leases().attach(row.leaseId(), row.key());
      }
    }
    store.meta().commit();
    unattached.clear();
  }

  private Change apply(LogRow row) {
    byte[] key = row.key().toByteArray();
    KeyEntry before = store.index().get(key);
    long previousId = before == null ? 0 : before.idAt(row.revision() - 1);
    if (before != null) {
      store.meta().leases().detach(before.leaseId(), row.key());
    }
    store.index().load(key, row.id(), row.createRevision(), row.version(), row.leaseId());
    store.meta().leases().attach(row.leaseId(), row.key());
    boolean created = row.createRevision() == row.revision();
    return new Change(row.id(), Change.keyValue(row), created ? 0 : previousId);
  }
}
