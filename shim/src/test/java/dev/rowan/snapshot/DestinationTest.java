package dev.rowan.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import dev.rowan.lease.LeaseRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestinationTest {
  @TempDir Path folder;

  private Endpoint endpoint() {
    return new Endpoint.Sqlite(folder.resolve("rowan.db"));
  }

  private static LogRow put(long revision, String value) {
    return new LogRow(
        RowId.first(revision),
        ByteString.copyFromUtf8("a"),
        ByteString.copyFromUtf8(value),
        revision,
        1,
        0);
  }

  /** A database that keeps less than it was given. */
  private record Forgetful(Filling filling) implements Filling {
    @Override
    public void add(List<LogRow> rows, List<MetaRow> meta) throws LogException {
      filling.add(rows, List.of());
    }

    @Override
    public Head finish(long revision, long compactRevision, long prunedRevision)
        throws LogException {
      return filling.finish(revision, compactRevision, prunedRevision);
    }

    @Override
    public void close() {
      filling.close();
    }
  }

  @Test
  void whatIsMissingAfterwardsIsFound() throws Exception {
    RevisionLog log = endpoint().open(false);
    try (Destination destination = new Destination("there", new Forgetful(log.fill()), log)) {
      destination.add(put(2, "1"));
      destination.add(new MetaRow(LeaseRows.BUCKET, LeaseRows.id(7), LeaseRows.blob(7, 60)));

      assertThatThrownBy(() -> destination.finish(2, -1))
          .isInstanceOf(SnapshotException.class)
          .hasMessageContaining("there does not hold what was written into it")
          .hasMessageContaining("delete what is there");
    }
  }

  @Test
  void emptyIsWhatIsNotThereOrWasNeverWritten() throws Exception {
    Destination.checkEmpty(endpoint());
    assertThat(Files.exists(folder.resolve("rowan.db"))).isFalse();

    try (RevisionLog log = endpoint().open(false)) {
      assertThat(log.head().revision()).isEqualTo(1);
    }
    Destination.checkEmpty(endpoint());

    try (Destination destination = Destination.open(endpoint())) {
      destination.add(put(2, "1"));
      assertThat(destination.finish(2, -1).rows()).isEqualTo(1);
    }
    assertThatThrownBy(() -> Destination.checkEmpty(endpoint()))
        .isInstanceOf(LogException.Conflict.class);
  }

  @Test
  void talliesTellContentsApart() {
    Tally one = new Tally();
    Tally other = new Tally();
    one.row(put(2, "1"));
    other.row(put(2, "2"));
    assertThat(one.same(other)).isFalse();

    Tally same = new Tally();
    same.row(put(2, "1"));
    assertThat(one.same(same)).isTrue();

    same.meta(new MetaRow(LeaseRows.BUCKET, LeaseRows.id(7), LeaseRows.blob(7, 60)));
    one.meta(new MetaRow(LeaseRows.BUCKET, LeaseRows.id(7), LeaseRows.blob(7, 61)));
    assertThat(one.same(same)).isFalse();
  }
}
