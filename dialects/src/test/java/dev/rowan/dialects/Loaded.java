package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/** A log as loaded; its rows have no values. */
public record Loaded(Head head, List<LogRow> rows, List<MetaRow> meta) {
  public static Loaded from(RevisionLog log) throws LogException {
    List<LogRow> rows = new ArrayList<>();
    List<MetaRow> meta = new ArrayList<>();
    Head head =
        log.load(
            new RevisionLog.LoadVisitor() {
              @Override
              public void meta(MetaRow row) {
                meta.add(row);
              }

              @Override
              public void row(long id, byte[] key, long created, long version, long leaseId) {
                ByteString bytes = ByteString.copyFrom(key);
                rows.add(new LogRow(id, bytes, ByteString.EMPTY, created, version, leaseId));
              }
            });
    return new Loaded(head, rows, meta);
  }
}
