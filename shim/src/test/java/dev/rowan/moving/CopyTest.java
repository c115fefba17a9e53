package dev.rowan.moving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import dev.rowan.lease.LeaseRows;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyTest {
  @TempDir Path folder;

  private Endpoint.Sqlite endpoint(String name) {
    return new Endpoint.Sqlite(folder.resolve(name));
  }

  static LogRow put(long revision, int sub, String key, String value, long lease) {
    return new LogRow(
        RowId.of(revision, sub),
        ByteString.copyFromUtf8(key),
        ByteString.copyFromUtf8(value),
        revision,
        1,
        lease);
  }

  private static LogRow deletion(long revision, String key) {
    return new LogRow(
        RowId.of(revision, 0), ByteString.copyFromUtf8(key), ByteString.EMPTY, 0, 0, 0);
  }

  static List<Object> content(Endpoint endpoint) throws Exception {
    List<Object> content = new ArrayList<>();
    try (RevisionLog log = endpoint.openExisting()) {
      log.scan(
          Long.MAX_VALUE,
          new RevisionLog.ScanVisitor() {
            @Override
            public boolean head(Head head) {
              content.add(List.of(head.revision(), head.compactRevision()));
              return true;
            }

            @Override
            public void meta(MetaRow row) {
              content.add(row);
            }

            @Override
            public void row(LogRow row) {
              content.add(row);
            }
          });
    }
    return content;
  }

  private Endpoint filled() throws Exception {
    Endpoint from = endpoint("from.db");
    try (RevisionLog log = from.open(false);
        Filling filling = log.fill()) {
      filling.add(
          List.of(
              put(2, 0, "a", "old", 0),
              put(3, 0, "b", "1", 7),
              put(3, 1, "c", "x".repeat(100_000), 0),
              deletion(4, "b")),
          List.of(new MetaRow(LeaseRows.BUCKET, LeaseRows.id(7), LeaseRows.blob(7, 60))));
      var _ = filling.finish(4, 2, 2);
    }
    return from;
  }

  @Test
  void everyRevisionAndLeaseComesAlong() throws Exception {
    Endpoint from = filled();
    List<Long> told = new ArrayList<>();

    Restored copied = Copy.copy(from, endpoint("to.db"), (done, all) -> told.add(done));

    assertThat(content(endpoint("to.db"))).isEqualTo(content(from)).hasSize(6);
    assertThat(copied.rows()).isEqualTo(4);
    assertThat(copied.text("copied")).contains("revision 4, compact revision 2, 4 changes of keys");
    assertThat(told).containsExactly(2L, 3L, 3L, 4L);
  }

  @Test
  void aTargetThatIsNotEmptyIsLeftAsItIs() throws Exception {
    Endpoint from = filled();
    Restored first = Copy.copy(from, endpoint("to.db"), (done, all) -> {});

    assertThatThrownBy(() -> Copy.copy(from, endpoint("to.db"), (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("to.db is not empty");
    assertThat(content(endpoint("to.db"))).hasSize(6);
    assertThat(first.head().revision()).isEqualTo(4);
  }

  @Test
  void aSourceThatIsNotThereIsNotMade() {
    assertThatThrownBy(() -> Copy.copy(endpoint("from.db"), endpoint("to.db"), (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("there is no file");
    assertThat(Files.exists(folder.resolve("from.db"))).isFalse();
    assertThat(Files.exists(folder.resolve("to.db"))).isFalse();
  }

  @Test
  void aSourceThatIsServedIsRefused() throws Exception {
    Endpoint from = filled();
    try (RevisionLog served = from.open(false)) {
      assertThat(served.head().revision()).isEqualTo(4);
      assertThatThrownBy(() -> Copy.copy(from, endpoint("to.db"), (done, all) -> {}))
          .isInstanceOf(SnapshotException.class)
          .hasMessageContaining("from.db");
    }
    assertThat(Files.exists(folder.resolve("to.db"))).isFalse();
  }
}
