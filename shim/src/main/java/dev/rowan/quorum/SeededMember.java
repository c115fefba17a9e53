package dev.rowan.quorum;

import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.sqlite.MemberFile;
import dev.rowan.proto.rowanpb.Note;
import java.nio.file.Path;
import java.util.List;

/**
 * One of a new quorum's members that is given its first state before it runs. Each of them is given
 * the same one by itself, on its own machine.
 *
 * <p>That state counts as what the first entry of the log made, in the term before the first
 * election. So the log begins behind it, and a member that is added later gets it as a whole, as
 * one does that the log doesn't reach.
 *
 * @param file with the member's data
 * @param folder of its part of the quorum's log, which there isn't yet
 */
public record SeededMember(Path file, Path folder, long clusterId) {
  private static final Note SEEDED =
      Note.newBuilder().setApplied(Note.Applied.newBuilder().setTerm(0).setIndex(0)).build();

  /**
   * Begins to fill the file, which is made if it is missing, and closed with the filling.
   *
   * @param token of the state: the same for the same state, and for no other
   * @throws LogException.Conflict if there is something in it
   */
  public Filling fill(long token) throws LogException {
    MemberFile opened = MemberFile.open(file, clusterId);
    try {
      return new Seeding(opened, opened.fill(token, SEEDED.toByteString()));
    } catch (LogException e) {
      opened.close();
      throw e;
    }
  }

  /** The filling of a file whose commits don't wait for the disk by themselves. */
  private record Seeding(MemberFile opened, Filling filling) implements Filling {
    @Override
    public void add(List<LogRow> rows, List<MetaRow> meta) throws LogException {
      filling.add(rows, meta);
    }

    @Override
    public Head finish(long revision, long compactRevision, long prunedRevision)
        throws LogException {
      Head head = filling.finish(revision, compactRevision, prunedRevision);
      opened.sync();
      return head;
    }

    @Override
    public void close() {
      filling.close();
      opened.close();
    }
  }
}
