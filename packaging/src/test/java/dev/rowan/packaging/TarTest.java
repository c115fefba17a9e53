package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarTest {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;

  private static byte[] tar(List<Entry> entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Tar.write(out, TIME, entries);
    return out.toByteArray();
  }

  @Test
  void itDependsOnNothingButItsContents() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "content");
    List<Entry> entries =
        List.of(
            Entry.Folder.of("a"),
            new Entry.File("a/b", Entry.PLAIN, file),
            new Entry.Text("a/c", Entry.OPEN, "text"),
            new Entry.Link("a/d", "c"));
    byte[] before = tar(entries);
    Files.writeString(file, "content");

    assertThat(tar(entries.reversed())).isEqualTo(before);
  }

  @Test
  void entriesAreNobodysAndOfOneTime() throws IOException {
    List<Entry> entries =
        List.of(
            new Entry.Text("t".repeat(150), Entry.PLAIN, "text"),
            new Entry.Folder("home", 0700, 65532),
            new Entry.Link("link", "home"));
    List<String> read = new ArrayList<>();

    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new ByteArrayInputStream(tar(entries)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        assertThat(entry.getLastModifiedDate().toInstant()).isEqualTo(TIME);
        assertThat(entry.getUserName()).isEmpty();
        int mode = entry.getMode() & 07777;
        read.add(entry.getName() + " " + Integer.toOctalString(mode) + " " + entry.getLongUserId());
      }
    }

    assertThat(read).containsExactly("home/ 700 65532", "link 777 0", "t".repeat(150) + " 644 0");
  }

  @Test
  void aTreeKeepsWhatRunsAndWhatIsLinked() throws IOException {
    Path program = Files.createFile(folder.resolve("program"));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Files.createDirectory(folder.resolve("sub"));
    Files.createSymbolicLink(folder.resolve("sub/link"), Path.of("../program"));

    assertThat(Entry.tree(folder, "top"))
        .containsExactlyInAnyOrder(
            Entry.Folder.of("top"),
            new Entry.File("top/program", Entry.OPEN, program),
            Entry.Folder.of("top/sub"),
            new Entry.Link("top/sub/link", "../program"));
  }
}
