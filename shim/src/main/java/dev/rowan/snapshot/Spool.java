package dev.rowan.snapshot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file without a name: it is unlinked as soon as it is open, so that it is gone when it is
 * closed, however the process ends. Only its owner may read it.
 *
 * <p>It leaves some room on its disk, which the database may need too. Not thread safe.
 */
public final class Spool implements AutoCloseable {
  /** Bytes that stay free on the disk: a minute of writes of a busy database. */
  static final long FREE_BYTES_MIN = 64L << 20;

  /** Bytes written between two looks at the disk. */
  private static final long LOOK_BYTES = 4L << 20;

  private final FileChannel channel;
  private final FileStore disk;
  private final Path folder;
  private long written;

  private Spool(FileChannel channel, FileStore disk, Path folder) {
    this.channel = channel;
    this.disk = disk;
    this.folder = folder;
  }

  /** There is no room for the file. */
  static final class FullException extends IOException {
    private static final long serialVersionUID = 1;

    private FullException(Path folder, long free, long needed) {
      super(
          folder
              + " has "
              + free
              + " bytes free; "
              + needed
              + " are needed, of which "
              + FREE_BYTES_MIN
              + " stay free");
    }
  }

  /**
   * Opens one.
   *
   * @param bytes about as large as it is going to be
   * @throws FullException if there is no room for that
   */
  public static Spool open(Path folder, long bytes) throws IOException {
    FileStore disk = Files.getFileStore(folder);
    check(disk, folder, bytes);
    Path file = Files.createTempFile(folder, "rowan-snapshot-", ".tmp");
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      return new Spool(channel, disk, folder);
    } finally {
      Files.delete(file);
    }
  }

  private static void check(FileStore disk, Path folder, long bytes) throws IOException {
    long free = disk.getUsableSpace();
    if (free - bytes < FREE_BYTES_MIN) {
      throw new FullException(folder, free, bytes + FREE_BYTES_MIN);
    }
  }

  /** The file. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * To be told of what is written.
   *
   * @throws FullException if the disk has become too full to go on
   */
  public void wrote(long bytes) throws IOException {
    boolean due = written / LOOK_BYTES != (written + bytes) / LOOK_BYTES;
    written += bytes;
    if (due) {
      check(disk, folder, 0);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
