package dev.rowan.moving;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.snapshot.Destination;
import dev.rowan.snapshot.Kept;
import dev.rowan.snapshot.Progress;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import org.jspecify.annotations.Nullable;

/**
 * Copies a store of Rowan's from one database into another: all revisions, leases, users, roles and
 * alarms. The source is read in one snapshot and may be served meanwhile, if it isn't a file.
 */
public final class Copy {
  private Copy() {}

  /**
   * Copies.
   *
   * @throws SnapshotException if the source isn't there, the target isn't empty, or anything fails;
   *     then the target is as empty as before, unless the message says otherwise
   */
  public static Restored copy(Endpoint from, Endpoint to, Progress progress)
      throws SnapshotException {
    try (RevisionLog source = from.openExisting();
        Destination destination = Destination.open(to)) {
      Reading reading = new Reading(destination, progress);
      source.scan(Long.MAX_VALUE, reading);
      Head head = reading.head;
      if (head == null) {
        throw new IllegalStateException("a scan without a head");
      }
      return destination.finish(head.revision(), head.compactRevision());
    } catch (Unwritten e) {
      throw new SnapshotException(Restore.explain(e.why, to.toString()), e.why);
    } catch (LogException e) {
      throw new SnapshotException(Restore.explain(e, to.toString()), e);
    }
  }

  /** The target took no more, in the midst of a scan of the source. */
  private static final class Unwritten extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final LogException why;

    private Unwritten(LogException why) {
      super(why);
      this.why = why;
    }
  }

  private static final class Reading implements RevisionLog.ScanVisitor {
    private final Destination destination;
    private final Progress progress;
    private @Nullable Head head;
    private long revision;

    private Reading(Destination destination, Progress progress) {
      this.destination = destination;
      this.progress = progress;
    }

    @Override
    public boolean head(Head found) {
      head = found;
      revision = found.revision();
      return true;
    }

    @Override
    public void meta(MetaRow row) {
      if (Kept.of(row.bucket()) != null) {
        writing(() -> destination.add(row));
      }
    }

    @Override
    public void row(LogRow row) {
      writing(() -> destination.add(row));
      progress.at(row.revision(), revision);
    }
  }

  /** What is written to the target. */
  private interface Write {
    void run() throws LogException;
  }

  private static void writing(Write write) {
    try {
      write.run();
    } catch (LogException e) {
      throw new Unwritten(e);
    }
  }
}
