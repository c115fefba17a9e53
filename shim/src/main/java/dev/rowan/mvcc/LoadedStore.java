package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.lease.LeaseBook;
import dev.rowan.maintenance.AlarmBook;
import dev.rowan.maintenance.DowngradeJob;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What an instance holds in memory of a log that it has just read.
 *
 * @param index published at the head
 * @param meta its leases each with the whole time to live from now (L-8)
 * @param newestTerm term of the instance that began last; 1 in a fresh store
 */
public record LoadedStore(KeyIndex index, MetaState meta, Head head, long newestTerm) {
  /** The meta bucket of the term. */
  public static final String TERM_BUCKET = Evaluator.TERM_BUCKET;

  /**
   * Reads the log.
   *
   * @param auth empty; takes the auth store that is found
   * @param leaseGrace added to every lease's time: its holder could not renew it while nobody
   *     served
   */
  public static LoadedStore load(
      RevisionLog log, AuthBook auth, LongSupplier nanoTime, Duration leaseGrace)
      throws LogException {
    KeyIndex index = new KeyIndex();
    MetaState meta =
        new MetaState(new LeaseBook(nanoTime), auth, new AlarmBook(), new DowngradeJob());
    Loader loader = new Loader(index, meta, leaseGrace);
    Head head = log.load(loader);
    index.publish(head.revision(), head.compactRevision(), head.position());
    attach(index.view(), meta.leases());
    meta.commit();
    return new LoadedStore(index, meta, head, loader.newestTerm);
  }

  /** Attaches the live keys to their leases. */
  static void attach(KeyIndexView view, LeaseBook leases) {
    KeyRange all = KeyRange.all();
    view.forEachLive(
        all.from(),
        all.to(),
        (entry, id) -> {
          if (entry.leaseId() != 0) {
            leases.attach(entry.leaseId(), ByteString.copyFrom(entry.key()));
          }
          return true;
        });
  }

  /** Leases that have not ended; for metrics. */
  public int leases() {
    return meta.leases().size();
  }

  /** The alarms; for reading what is durable. */
  public AlarmBook alarms() {
    return meta.alarms();
  }

  /** The downgrade; for reading what is durable. */
  public DowngradeJob downgrade() {
    return meta.downgrade();
  }

  private static final class Loader implements RevisionLog.LoadVisitor {
    private final KeyIndex index;
    private final MetaState meta;
    private final Duration leaseGrace;
    private long newestTerm = 1;

    Loader(KeyIndex index, MetaState meta, Duration leaseGrace) {
      this.index = index;
      this.meta = meta;
      this.leaseGrace = leaseGrace;
    }

    @Override
    public void meta(MetaRow row) {
      ByteString blob = row.blob();
      if (blob != null && row.bucket().equals(Evaluator.TERM_BUCKET)) {
        newestTerm = Long.parseLong(blob.toStringUtf8());
      } else {
        meta.load(row, leaseGrace);
      }
    }

    @Override
    public void row(long id, byte[] key, long createRevision, long version, long leaseId) {
      index.load(key, id, createRevision, version, leaseId);
    }
  }
}
