package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog.Changes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The newest batches, as they were appended, so that this member's own readers of the log need not
 * ask the file for what went into it a moment ago. Not thread-safe.
 */
final class RecentBatches {
  /** Bytes of keys and values at most, but for the newest batch. */
  private static final long BYTES_MAX = 4L << 20;

  private static final int COUNT_MAX = 1_000;

  private final Deque<Batch> batches = new ArrayDeque<>();
  private long bytes;

  void add(Batch batch) {
    batches.addLast(batch);
    bytes += bytes(batch);
    while (batches.size() > 1 && (bytes > BYTES_MAX || batches.size() > COUNT_MAX)) {
      bytes -= bytes(batches.removeFirst());
    }
  }

  private static long bytes(Batch batch) {
    long bytes = 0;
    for (LogRow row : batch.rows()) {
      bytes += row.key().size() + row.value().size();
    }
    for (MetaRow row : batch.meta()) {
      bytes += row.blob() == null ? 0 : row.blob().size();
    }
    return bytes;
  }

  /** Rows up to a revision are deleted: whoever still wants them is to learn that from the file. */
  void pruned(long revision) {
    while (!batches.isEmpty() && firstRevision(batches.getFirst()) <= revision) {
      bytes -= bytes(batches.removeFirst());
    }
  }

  private static long firstRevision(Batch batch) {
    return batch.rows().isEmpty() ? batch.revision() : batch.rows().getFirst().revision();
  }

  void clear() {
    batches.clear();
    bytes = 0;
  }

  /**
   * All that followed a head.
   *
   * @param now where the newest batch led to
   * @return null if the batches don't reach back so far, or it is more rows than wanted at once
   */
  @Nullable Changes since(Head known, Head now, int rowsMax) {
    List<LogRow> rows = new ArrayList<>();
    Map<MetaId, MetaRow> meta = new HashMap<>();
    boolean follows = false;
    for (Batch batch : batches) {
      follows |=
          batch.expectedPosition() == known.position() && batch.expectedToken() == known.token();
      if (follows) {
        rows.addAll(batch.rows());
        batch.meta().forEach(row -> meta.put(new MetaId(row.bucket(), row.id()), row));
      }
    }
    if (!follows || rows.size() > rowsMax) {
      return null;
    }
    return new Changes(now, rows, List.copyOf(meta.values()), false);
  }

  private record MetaId(String bucket, ByteString id) {}
}
