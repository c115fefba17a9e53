package dev.rowan.dialects;

import dev.rowan.dialects.RevisionLog.ScanVisitor;
import java.util.ArrayList;
import java.util.List;

/** A log as scanned. */
public record Scanned(Head head, List<MetaRow> meta, List<LogRow> rows) {
  /**
   * Scans a range of ids.
   *
   * @param goOn what the visitor answers to the head
   */
  public static Scanned from(RevisionLog log, long fromId, long throughId, boolean goOn)
      throws LogException {
    Scanned scanned = new Scanned(log.head(), new ArrayList<>(), new ArrayList<>());
    log.scan(fromId, throughId, new Collecting(scanned, goOn));
    return scanned;
  }

  /** Collects what it visits; the head must be the expected one. */
  public static class Collecting implements ScanVisitor {
    private final Scanned scanned;
    private final boolean goOn;

    public Collecting(Scanned scanned, boolean goOn) {
      this.scanned = scanned;
      this.goOn = goOn;
    }

    @Override
    public boolean head(Head head) {
      if (!head.equals(scanned.head)) {
        throw new AssertionError("the scan is at " + head + ", the log at " + scanned.head);
      }
      return goOn;
    }

    @Override
    public void meta(MetaRow row) {
      scanned.meta.add(row);
    }

    @Override
    public void row(LogRow row) {
      scanned.rows.add(row);
    }
  }
}
