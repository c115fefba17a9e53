package dev.rowan.dialects;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A log as exported. */
public record Exported(Head head, List<LogRow> rows, List<MetaRow> meta) {
  /** What is done once the head has been exported. */
  public interface Meanwhile {
    void run() throws IOException;
  }

  public static Exported from(RevisionLog log) throws LogException, IOException {
    return from(log, () -> {});
  }

  public static Exported from(RevisionLog log, Meanwhile meanwhile)
      throws LogException, IOException {
    List<Head> heads = new ArrayList<>();
    List<LogRow> rows = new ArrayList<>();
    List<MetaRow> meta = new ArrayList<>();
    log.export(
        new RevisionLog.ExportVisitor() {
          @Override
          public void head(Head head) throws IOException {
            heads.add(head);
            meanwhile.run();
          }

          @Override
          public void meta(MetaRow row) {
            meta.add(row);
          }

          @Override
          public void row(LogRow row) {
            rows.add(row);
          }
        });
    return new Exported(heads.getFirst(), rows, meta);
  }
}
