package dev.rowan.moving;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.KineTable;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.MetaRow;
import dev.rowan.lease.LeaseRows;
import dev.rowan.snapshot.Destination;
import dev.rowan.snapshot.Progress;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import java.util.Set;
import java.util.TreeSet;

/**
 * Imports what kine keeps in a database: its keys as they are now, with the revisions of their last
 * change and of their creation. The store counts as compacted at kine's newest revision.
 *
 * <p>kine's leases have their time to live for an id. Each such lease is granted with that id anew,
 * so that keys live for that time from the import on, and clients may go on to name it.
 */
public final class KineImport {
  private KineImport() {}

  /**
   * Imports.
   *
   * @param from where kine's table is
   * @throws SnapshotException if there is no table, the target isn't empty, or anything fails; then
   *     the target is as empty as before, unless the message says otherwise
   */
  public static Restored read(Endpoint from, Endpoint to, Progress progress)
      throws SnapshotException {
    try (KineTable table = from.openKine()) {
      if (table.revision() < 1) {
        throw new SnapshotException("kine's table in " + from + " is empty");
      }
      return write(table, to, progress);
    } catch (LogException e) {
      throw new SnapshotException(Restore.explain(e, to.toString()), e);
    }
  }

  private static Restored write(KineTable table, Endpoint to, Progress progress)
      throws LogException, SnapshotException {
    try (Destination destination = Destination.open(to)) {
      Set<Long> leases = new TreeSet<>();
      table.rows(row -> {
        destination.add(row);
        if (row.leaseId() != 0) {
          leases.add(row.leaseId());
        }
        progress.at(row.revision(), table.revision());
      });
      for (long seconds : leases) {
        destination.add(
            new MetaRow(LeaseRows.BUCKET, LeaseRows.id(seconds), LeaseRows.blob(seconds, seconds)));
      }
      return destination.finish(table.revision(), table.revision());
    }
  }
}
