package dev.rowan.dialects;

import dev.rowan.dialects.RevisionLog.ScanVisitor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A log as scanned. */
public record Scanned(Head head, List<MetaRow> meta, List<LogRow> rows) {
  /** What is done once the head was taken. */
  public interface Meanwhile {
    /** Returns whether the scan is to go on. */
    boolean goOn();
  }

  public static Scanned from(RevisionLog log) throws LogException {
    return from(log, Long.MAX_VALUE, () -> true);
  }

  public static Scanned from(RevisionLog log, long throughId, Meanwhile meanwhile)
      throws LogException {
    Collecting collecting = new Collecting(meanwhile);
    log.scan(throughId, collecting);
    return collecting.scanned();
  }

  /** Collects what it visits. */
  public static class Collecting implements ScanVisitor {
    private final Meanwhile meanwhile;
    private final List<MetaRow> meta = new ArrayList<>();
    protected final List<LogRow> rows = new ArrayList<>();
    private @Nullable Head head;

    public Collecting(Meanwhile meanwhile) {
      this.meanwhile = meanwhile;
    }

    @Override
    public boolean head(Head first) {
      if (head != null) {
        throw new AssertionError("a second head");
      }
      head = first;
      return meanwhile.goOn();
    }

    @Override
    public void meta(MetaRow row) {
      if (!rows.isEmpty()) {
        throw new AssertionError("meta after rows");
      }
      meta.add(row);
    }

    @Override
    public void row(LogRow row) {
      rows.add(row);
    }

    public Scanned scanned() {
      if (head == null) {
        throw new AssertionError("no head");
      }
      return new Scanned(head, meta, rows);
    }
  }
}
