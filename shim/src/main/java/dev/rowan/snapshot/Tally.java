package dev.rowan.snapshot;

import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.maintenance.RowChecksum;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was moved, by number and checksum: two of the same content are equal. Rows count in their
 * order, meta rows in any, and of these only what is kept. Not thread safe.
 */
final class Tally implements RevisionLog.ScanVisitor {
  private final RowChecksum rowChecksum = new RowChecksum();
  private final Map<Kept, Long> meta = new EnumMap<>(Kept.class);
  private long rows;
  private long metaSum;

  @Override
  public boolean head(Head head) {
    return true;
  }

  @Override
  public void row(LogRow row) {
    rowChecksum.add(row);
    rows++;
  }

  @Override
  public void meta(MetaRow row) {
    Kept kept = Kept.of(row.bucket());
    if (kept != null) {
      RowChecksum checksum = new RowChecksum();
      checksum.add(row);
      metaSum += checksum.value();
      meta.merge(kept, 1L, Long::sum);
    }
  }

  long rows() {
    return rows;
  }

  Map<Kept, Long> meta() {
    return meta;
  }

  boolean same(Tally other) {
    return rows == other.rows
        && meta.equals(other.meta)
        && metaSum == other.metaSum
        && rowChecksum.value() == other.rowChecksum.value();
  }

  @Override
  public String toString() {
    return "%d changes of keys with CRC-32C %08x".formatted(rows, rowChecksum.value());
  }
}
