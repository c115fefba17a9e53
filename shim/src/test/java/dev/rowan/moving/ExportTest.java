package dev.rowan.moving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.snapshot.Export;
import dev.rowan.snapshot.Progress;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
  @TempDir Path folder;

  private Endpoint endpoint(String name) {
    return new Endpoint.Sqlite(folder.resolve(name));
  }

  @Test
  void whatIsExportedIsRestored() throws Exception {
    Endpoint from = endpoint("from.db");
    try (RevisionLog log = from.open(false);
        Filling filling = log.fill()) {
      filling.add(
          List.of(CopyTest.put(2, 0, "a", "1", 0), CopyTest.put(3, 0, "b", "2", 0)), List.of());
      var _ = filling.finish(3, -1, 0);
    }
    Path file = folder.resolve("snapshot.db");

    long bytes = Export.write(from, file, (done, all) -> {});

    assertThat(bytes).isEqualTo(Files.size(file));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(folder.toFile().list()).doesNotContain("rowan-export").hasSizeLessThan(6);
    Restored restored = Restore.restore(file, false, endpoint("to.db"), Progress.UNTOLD);
    assertThat(restored.rows()).isEqualTo(2);
    assertThat(CopyTest.content(endpoint("to.db"))).isEqualTo(CopyTest.content(from));
  }

  @Test
  void aFileThatIsThereIsLeftAsItIs() throws Exception {
    Path file = Files.writeString(folder.resolve("snapshot.db"), "mine");
    try (RevisionLog log = endpoint("from.db").open(false)) {
      assertThat(log.head().revision()).isEqualTo(1);
    }

    assertThatThrownBy(() -> Export.write(endpoint("from.db"), file, (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("is there already");
    assertThat(Files.readString(file)).isEqualTo("mine");
  }

  @Test
  void nothingIsWrittenOfWhatIsNotThere() {
    Path file = folder.resolve("snapshot.db");

    assertThatThrownBy(() -> Export.write(endpoint("from.db"), file, (done, all) -> {}))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining("there is no file");
    assertThat(Files.exists(file)).isFalse();
  }
}
