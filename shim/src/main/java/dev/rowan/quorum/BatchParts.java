package dev.rowan.quorum;

import dev.rowan.dialects.Batch;
import dev.rowan.raft.LogPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the entries of a batch that takes several. Only one is gathered at a time: another's
 * first entry takes its place, and so does every append, after which the head is not where it was
 * expected. So between the entries of a batch that is appended in the end nothing else is, and a
 * member that stops in between need only be given them again. The applier's.
 */
final class BatchParts {
  private final List<dev.rowan.proto.rowanpb.Batch> parts = new ArrayList<>();
  private LogPosition before = LogPosition.NONE;

  /**
   * Takes an entry.
   *
   * @param applied where the log is before it
   * @return the batch, once it is whole; null if it isn't, or never will be
   */
  @Nullable Batch add(dev.rowan.proto.rowanpb.Batch entry, LogPosition applied) {
    if (entry.getParts() == 0) {
      return BatchCodec.decode(List.of(entry));
    }
    if (entry.getPart() == 1) {
      parts.clear();
      before = applied;
    } else if (parts.size() != entry.getPart() - 1
        || parts.getFirst().getToken() != entry.getToken()) {
      return null;
    }
    parts.add(entry);
    if (parts.size() < entry.getParts()) {
      return null;
    }
    Batch whole = BatchCodec.decode(parts);
    parts.clear();
    return whole;
  }

  /** Something was appended. */
  void clear() {
    parts.clear();
  }

  /** What must not be given again after a stop: all that was applied, but for what is gathered. */
  LogPosition settled(LogPosition applied) {
    return parts.isEmpty() ? applied : before;
  }
}
