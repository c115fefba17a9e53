package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.dialects.MetaRow;
import dev.rowan.lease.LeaseBook;
import dev.rowan.lease.LeaseRows;
import dev.rowan.maintenance.AlarmBook;
import dev.rowan.maintenance.AlarmRows;
import dev.rowan.maintenance.DowngradeJob;
import java.time.Duration;
import java.util.List;

/**
 * What a store holds beside its keys, each part kept in meta rows of buckets of its own. Belongs to
 * the sequencer's thread.
 *
 * <p>Changes since the last {@link #commit} can be taken back by {@link #rollback}.
 */
record MetaState(LeaseBook leases, AuthBook auth, AlarmBook alarms, DowngradeJob downgrade) {

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
    } else {
      apply(row);
    }
  }

  /**
   * Takes over all rows that there are, as the log has them: what is not among them is gone. Leases
   * get their whole time, as at a start.
   */
  void replaceBy(List<MetaRow> rows) {
    leases.clear();
    alarms.clear();
    downgrade.set(null);
    auth.restart(rows);
    rows.forEach(row -> load(row, Duration.ZERO));
  }

  /** Takes over what another instance set or removed. */
  void apply(MetaRow row) {
    switch (row.bucket()) {
      case LeaseRows.BUCKET -> applyLease(row);
      case AlarmRows.BUCKET -> applyAlarm(row);
      case DowngradeJob.BUCKET -> {
        ByteString blob = row.blob();
        downgrade.set(blob == null ? null : blob.toStringUtf8());
      }
      default -> auth.apply(row);
    }
  }

  private void applyAlarm(MetaRow row) {
    ByteString blob = row.blob();
    if (blob == null) {
      alarms.deactivate(AlarmRows.alarm(row.id()));
    } else {
      alarms.activate(AlarmRows.alarm(row.id()));
    }
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
    alarms.commit();
    downgrade.commit();
    auth.commit();
  }

  void rollback() {
    leases.rollback();
    alarms.rollback();
    downgrade.rollback();
    auth.rollback();
  }
}
