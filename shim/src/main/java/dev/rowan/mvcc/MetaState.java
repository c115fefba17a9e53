package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.dialects.MetaRow;
import dev.rowan.lease.LeaseBook;
import dev.rowan.lease.LeaseRows;
import java.time.Duration;

/**
 * What a store holds beside its keys, each part kept in meta rows of buckets of its own. Belongs to
 * the sequencer's thread.
 *
 * <p>Changes since the last {@link #commit} can be taken back by {@link #rollback}.
 */
record MetaState(LeaseBook leases, AuthBook auth) {

  /**
   * Takes over a row as it was found at the start.
   *
   * @param leaseGrace added to every lease's time: its holder could not renew it while nobody
   *     served
   */
  void load(MetaRow row, Duration leaseGrace) {
    ByteString blob = row.blob();
    if (blob != null && row.bucket().equals(LeaseRows.BUCKET)) {
      leases.grant(
          LeaseRows.leaseId(row.id()), LeaseRows.ttlSeconds(blob), leaseGrace.toMillis() / 1000.0);
    }
    auth.apply(row);
  }

  /** Takes over what another instance set or removed. */
  void apply(MetaRow row) {
    if (row.bucket().equals(LeaseRows.BUCKET)) {
      applyLease(row);
    }
    auth.apply(row);
  }

  /** Another instance granted, renewed or ended a lease. */
  private void applyLease(MetaRow row) {
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

  /** What was changed is durable. */
  void commit() {
    leases.commit();
    auth.commit();
  }

  void rollback() {
    leases.rollback();
    auth.rollback();
  }
}
