package dev.rowan.snapshot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file without a name: it is unlinked as soon as it is open, so that it is gone when it is
 * closed, however the process ends. Only its owner may read it.
 */
record Spool(FileChannel channel) implements AutoCloseable {
  static Spool open(Path folder) throws IOException {
    Path file = Files.createTempFile(folder, "rowan-snapshot-", ".tmp");
    try {
      return new Spool(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
