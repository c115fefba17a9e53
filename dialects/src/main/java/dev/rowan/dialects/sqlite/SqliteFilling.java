package dev.rowan.dialects.sqlite;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A filling in the writer's open transaction. Its pages go to the WAL, which grows to the size of
 * the data and is given back after the commit.
 */
final class SqliteFilling implements Filling {
  private final SqliteWriter writer;
  private final Head fresh;
  private final String where;
  private final long token;

  /** Empty for none. */
  private final ByteString note;

  /** Told the new head, or null if the writer is not to be used any more. */
  private final Consumer<@Nullable Head> ended;

  private boolean open = true;

  /**
   * Begins one.
   *
   * @param token of the head that it leads to
   * @param note stored with it, of this file alone; empty for none
   */
  SqliteFilling(
      SqliteWriter writer,
      Head fresh,
      String where,
      long token,
      ByteString note,
      Consumer<@Nullable Head> ended) {
    this.writer = writer;
    this.fresh = fresh;
    this.where = where;
    this.token = token;
    this.note = note;
    this.ended = ended;
  }

  @Override
  public void add(List<LogRow> rows, List<MetaRow> meta) throws LogException {
    try {
      writer.insertRows(rows);
      writer.upsertMeta(meta, fresh.position() + 1);
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "filling " + where);
    }
  }

  @Override
  public Head finish(long revision, long compactRevision, long prunedRevision) throws LogException {
    try {
      writer.notePruned(prunedRevision);
      if (!note.isEmpty()) {
        writer.upsertNote(note);
      }
      if (!writer.moveHead(revision, compactRevision, token, fresh.position())) {
        throw new LogException.Conflict("the head of " + where + " has moved");
      }
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "filling " + where);
    }
    try {
      writer.commit();
    } catch (SQLException e) {
      throw new LogException.UnknownOutcome("filling " + where + ": " + e.getMessage(), e);
    }
    Head head = new Head(fresh.position() + 1, revision, compactRevision, token, fresh.clusterId());
    open = false;
    ended.accept(head);
    return head;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      ended.accept(null);
    }
  }
}
