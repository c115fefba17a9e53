package dev.rowan.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * The SHA-256 that a client appends to the file that it saves. Whether a file has one is told by
 * its size, as etcd's tool does: pages are whole sectors, so what is left over is the checksum.
 */
final class Checksum {
  private static final int BYTES = 32;
  private static final int SECTOR_BYTES = 512;
  private static final int BUFFER_BYTES = 1 << 20;

  private Checksum() {}

  /**
   * Checks a file.
   *
   * @param skip whether the checksum may be missing or wrong
   * @return bytes of the file without it
   */
  static long check(Path path, boolean skip) throws IOException, SnapshotException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return check(file, path.toString(), skip);
    }
  }

  /** Likewise, of a file that is open; from its beginning. */
  static long check(FileChannel file, String name, boolean skip)
      throws IOException, SnapshotException {
    long size = file.size();
    boolean present = size % SECTOR_BYTES == BYTES;
    long content = present ? size - BYTES : size;
    if (!skip && !present) {
      throw new SnapshotException(
          name
              + " does not end with a checksum: it was cut off, or copied from a data directory;"
              + " --skip-hash-check restores a copy");
    }
    if (!skip) {
      verify(file.position(0), content, name);
    }
    return content;
  }

  /**
   * A number of a file's content: the same for the same one, on each machine. Positive.
   *
   * @param content bytes, as {@link #check} says
   */
  static long token(Path path, long content) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      long number = ByteBuffer.wrap(digest(file, content)).getLong() & Long.MAX_VALUE;
      return Math.max(1, number);
    }
  }

  /** The SHA-256 of a file's next bytes. */
  private static byte[] digest(FileChannel file, long content) throws IOException {
    MessageDigest sha256 = Snapshots.sha256();
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    long left = content;
    while (left > 0) {
      buffer.clear().limit((int) Math.min(left, buffer.capacity()));
      int read = file.read(buffer);
      if (read < 0) {
        throw new IOException("it became shorter while it was read");
      }
      left -= read;
      sha256.update(buffer.flip());
    }
    return sha256.digest();
  }

  private static void verify(FileChannel file, long content, String name)
      throws IOException, SnapshotException {
    byte[] actual = digest(file, content);
    ByteBuffer expected = ByteBuffer.allocate(BYTES);
    while (expected.hasRemaining() && file.read(expected) >= 0) {
      // Read on until it is whole.
    }
    if (!MessageDigest.isEqual(expected.array(), actual)) {
      HexFormat hex = HexFormat.of();
      throw new SnapshotException(
          name
              + " is damaged: its SHA-256 is "
              + hex.formatHex(actual)
              + ", and should be "
              + hex.formatHex(expected.array()));
    }
  }
}
