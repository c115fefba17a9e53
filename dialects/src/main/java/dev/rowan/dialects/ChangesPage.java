package dev.rowan.dialects;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of what follows a known head, gathered row by row in whole revisions. Not thread safe.
 */
public final class ChangesPage {
  /**
   * Bytes of keys and values after which a page ends at the next revision, whatever rows it may
   * have: 1,000 rows of etcd's greatest request would be 1.5 GB.
   */
  public static final long BYTES_MAX = 16 << 20;

  private final Head known;
  private final Head head;
  private final int rowsMax;
  private final Continuity continuity;
  private final List<LogRow> rows = new ArrayList<>();
  private long bytes;
  private boolean full;

  /**
   * @param known the head that the page follows
   * @param head the log's head in the snapshot that the rows come from
   * @param prunedRevision newest revision that a row was deleted of
   * @param forgottenPosition newest position that a removal of meta state was forgotten of
   * @throws LogException.Corrupt if the log went backwards
   * @throws LogException.Pruned if some of what followed was deleted already
   */
  public ChangesPage(
      Head known, Head head, int rowsMax, long prunedRevision, long forgottenPosition)
      throws LogException {
    checkOrder(known, head);
    if (known.revision() < prunedRevision || known.position() < forgottenPosition) {
      throw new LogException.Pruned(
          "what followed revision " + known.revision() + " was pruned in part: load the log again");
    }
    this.known = known;
    this.head = head;
    this.rowsMax = rowsMax;
    this.continuity = new Continuity(known.revision());
  }

  /** Refuses a head that does not follow from the known one. */
  public static void checkOrder(Head known, Head head) throws LogException.Corrupt {
    if (head.clusterId() != known.clusterId()) {
      throw new LogException.Corrupt(
          "the database holds another store than before: cluster id "
              + Long.toHexString(head.clusterId())
              + " instead of "
              + Long.toHexString(known.clusterId()),
          null);
    }
    boolean rewritten = head.position() == known.position() && head.token() != known.token();
    if (head.position() < known.position() || head.revision() < known.revision() || rewritten) {
      throw new LogException.Corrupt(
          "the database went backwards: it was at revision "
              + known.revision()
              + ", position "
              + known.position()
              + " and is at revision "
              + head.revision()
              + ", position "
              + head.position()
              + ". Was a backup restored, or an old replica promoted?",
          null);
    }
  }

  /**
   * Refuses a head that does not follow from the known one, even where the log was brought back to
   * before it and then written on, so that other revisions have the numbers that are known.
   *
   * @param tokenThere what the log has as the token of the known position; null if nothing
   * @throws LogException.Pruned if the log has forgotten the known position
   */
  public static void checkHistory(Head known, Head head, @Nullable Long tokenThere)
      throws LogException {
    checkOrder(known, head);
    if (tokenThere == null) {
      throw new LogException.Pruned(
          "position " + known.position() + " is too long ago to be remembered: load the log again");
    }
    if (tokenThere != known.token()) {
      throw new LogException.Corrupt(
          "the database went backwards and was written on: what it has at position "
              + known.position()
              + " is not what was at revision "
              + known.revision()
              + " there. Was a backup restored, or an old replica promoted?",
          null);
    }
  }

  /** Takes the next row, or tells that the page is full and ends before it. */
  public boolean add(LogRow row) throws LogException.Corrupt {
    boolean begins = row.revision() != continuity.revision();
    if (begins && (rows.size() >= rowsMax || bytes >= BYTES_MAX)) {
      full = true;
      return false;
    }
    continuity.next(row.id());
    rows.add(row);
    bytes += row.key().size() + row.value().size();
    return true;
  }

  /** Whether a row was turned away. */
  public boolean full() {
    return full;
  }

  /**
   * Ends the page.
   *
   * @param meta every change after the known head; not looked at if the page is full
   */
  public RevisionLog.Changes end(List<MetaRow> meta) throws LogException.Corrupt {
    if (full) {
      Head reached =
          new Head(
              known.position(),
              continuity.revision(),
              known.compactRevision(),
              known.token(),
              known.clusterId());
      return new RevisionLog.Changes(reached, rows, List.of(), true);
    }
    continuity.end(head.revision());
    return new RevisionLog.Changes(head, rows, meta, false);
  }
}
