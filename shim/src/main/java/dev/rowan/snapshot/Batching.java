package dev.rowan.snapshot;

import dev.rowan.dialects.Filling;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import java.util.ArrayList;
import java.util.List;

/** Gives a filling what it is to take in batches of bounded size. Not thread safe. */
final class Batching {
  private static final int ROWS_MAX = 1_000;

  /** Bytes after which a batch ends; a larger row ends one by itself. */
  private static final long BYTES_MAX = 4L << 20;

  private final Filling filling;
  private List<LogRow> rows = new ArrayList<>();
  private List<MetaRow> meta = new ArrayList<>();
  private long bytes;

  Batching(Filling filling) {
    this.filling = filling;
  }

  void add(LogRow row) throws LogException {
    rows.add(row);
    added(row.key().size() + row.value().size());
  }

  void add(MetaRow row) throws LogException {
    meta.add(row);
    added(row.id().size() + (row.blob() == null ? 0 : row.blob().size()));
  }

  private void added(long size) throws LogException {
    bytes += size;
    if (bytes >= BYTES_MAX || rows.size() + meta.size() >= ROWS_MAX) {
      flush();
    }
  }

  void flush() throws LogException {
    filling.add(rows, meta);
    rows = new ArrayList<>();
    meta = new ArrayList<>();
    bytes = 0;
  }
}
