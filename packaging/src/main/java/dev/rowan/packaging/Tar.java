package dev.rowan.packaging;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes tars that depend on nothing but their contents: sorted, with one time and no names. */
final class Tar {
  private Tar() {}

  static void write(OutputStream out, Instant time, List<Entry> entries) throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    for (Entry entry : entries.stream().sorted(Comparator.comparing(Entry::path)).toList()) {
      write(tar, time, entry);
    }
    tar.finish();
    tar.flush();
  }

  private static void write(TarArchiveOutputStream tar, Instant time, Entry entry)
      throws IOException {
    TarArchiveEntry header =
        switch (entry) {
          case Entry.Folder folder -> header(folder.path() + "/", folder.mode());
          case Entry.File file -> {
            TarArchiveEntry sized = header(file.path(), file.mode());
            sized.setSize(Files.size(file.content()));
            yield sized;
          }
          case Entry.Text text -> {
            TarArchiveEntry sized = header(text.path(), text.mode());
            sized.setSize(text.content().getBytes(StandardCharsets.UTF_8).length);
            yield sized;
          }
          case Entry.Link link -> {
            TarArchiveEntry linked = new TarArchiveEntry(link.path(), TarConstants.LF_SYMLINK);
            linked.setLinkName(link.target());
            linked.setMode(0777);
            yield linked;
          }
        };
    int owner = entry instanceof Entry.Folder folder ? folder.owner() : Entry.ROOT;
    header.setIds(owner, owner);
    header.setNames("", "");
    header.setModTime(time.toEpochMilli());
    tar.putArchiveEntry(header);
    if (entry instanceof Entry.File file) {
      Files.copy(file.content(), tar);
    } else if (entry instanceof Entry.Text text) {
      tar.write(text.content().getBytes(StandardCharsets.UTF_8));
    }
    tar.closeArchiveEntry();
  }

  private static TarArchiveEntry header(String path, int mode) {
    TarArchiveEntry header = new TarArchiveEntry(path);
    header.setMode(mode);
    return header;
  }
}
