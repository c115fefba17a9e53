package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.lease.LeaseBook;
import dev.rowan.lease.LeaseRows;
import dev.rowan.mvcc.index.KeyIndex;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What an instance holds in memory of a log that it has just read.
 *
 * @param index published at the head
 * @param leases each with its whole time to live from now (L-8)
 * @param newestTerm term of the instance that began last; 1 in a fresh store
 */
public record LoadedStore(KeyIndex index, LeaseBook leases, Head head, long newestTerm) {

  /**
   * Reads the log.
   *
   * @param leaseGrace added to every lease's time: its holder could not renew it while nobody
   *     served
   */
  public static LoadedStore load(RevisionLog log, LongSupplier nanoTime, Duration leaseGrace)
      throws LogException {
    KeyIndex index = new KeyIndex();
    LeaseBook leases = new LeaseBook(nanoTime);
    Loader loader = new Loader(index, leases, leaseGrace);
    Head head = log.load(loader);
    index.publish(head.revision(), head.compactRevision(), head.position());
    KeyRange all = KeyRange.all();
    index
        .view()
        .forEachLive(
            all.from(),
            all.to(),
            (entry, id) -> {
              if (entry.leaseId() != 0) {
                leases.attach(entry.leaseId(), ByteString.copyFrom(entry.key()));
              }
              return true;
            });
    leases.commit();
    return new LoadedStore(index, leases, head, loader.newestTerm);
  }

  private static final class Loader implements RevisionLog.LoadVisitor {
    private final KeyIndex index;
    private final LeaseBook leases;
    private final double graceSeconds;
    private long newestTerm = 1;

    Loader(KeyIndex index, LeaseBook leases, Duration grace) {
      this.index = index;
      this.leases = leases;
      this.graceSeconds = grace.toMillis() / 1000.0;
    }

    @Override
    public void meta(MetaRow row) {
      ByteString blob = row.blob();
      if (blob != null && row.bucket().equals(LeaseRows.BUCKET)) {
        leases.grant(LeaseRows.leaseId(row.id()), LeaseRows.ttlSeconds(blob), graceSeconds);
      } else if (blob != null && row.bucket().equals(Evaluator.TERM_BUCKET)) {
        newestTerm = Long.parseLong(blob.toStringUtf8());
      }
    }

    @Override
    public void row(long id, byte[] key, long createRevision, long version, long leaseId) {
      index.load(key, id, createRevision, version, leaseId);
    }
  }

  /**
   * Takes over what another instance did to a lease: granted, renewed or ended it. Other meta rows
   * are left alone.
   */
  static void apply(MetaRow row, LeaseBook leases) {
    if (!row.bucket().equals(LeaseRows.BUCKET)) {
      return;
    }
    long leaseId = LeaseRows.leaseId(row.id());
    LeaseBook.Lease lease = leases.find(leaseId);
    ByteString blob = row.blob();
    long ttlSeconds = blob == null ? 0 : LeaseRows.ttlSeconds(blob);
    if (lease != null && lease.ttlSeconds() == ttlSeconds) {
      leases.renew(lease);
      return;
    }
    if (lease != null) {
      // Ended; or ended and granted anew with another time, in which case its keys are gone too.
      leases.remove(lease);
    }
    if (blob != null) {
      leases.grant(leaseId, ttlSeconds, 0);
    }
  }
}
