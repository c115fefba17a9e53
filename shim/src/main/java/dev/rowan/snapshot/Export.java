package dev.rowan.snapshot;

import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndexView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Writes a store that isn't served here as a file of etcd's, as {@code etcdctl snapshot save}
 * writes one that is.
 */
public final class Export {
  private static final int BUFFER_BYTES = 1 << 20;

  /** A store that nobody serves has no term; etcd's first is this. */
  private static final long TERM = 2;

  private Export() {}

  /**
   * Exports.
   *
   * @param file which isn't there yet
   * @return bytes of the file
   * @throws SnapshotException if there is no store, or the file is there already, or anything
   *     fails; then there is no file
   */
  public static long write(Endpoint from, Path file) throws SnapshotException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.exists(file)) {
      throw new SnapshotException(file + " is there already: name a new file");
    }
    try (RevisionLog log = from.openExisting();
        Spool spool = Spool.open(folder, log.size().bytesInUse())) {
      KeyIndexView view = IndexOf.log(log);
      long cluster = log.head().clusterId();
      Identity identity = Identity.of(cluster, Identity.memberId(cluster, "default"), TERM);
      SnapshotFile snapshot = new SnapshotFile(spool, view, identity);
      log.scan(Long.MAX_VALUE, snapshot);
      snapshot.finish();
      return write(spool.channel(), file);
    } catch (FileAlreadyExistsException e) {
      throw new SnapshotException(file + " is there already: name a new file", e);
    } catch (LogException e) {
      throw new SnapshotException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new SnapshotException("writing " + file + ": " + e, e);
    } catch (UncheckedIOException e) {
      throw new SnapshotException("writing " + file + ": " + e.getCause(), e);
    }
  }

  /** Copies what was spooled, with its SHA-256 behind it. */
  private static long write(FileChannel spooled, Path file) throws IOException {
    FileChannel opened =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    boolean written = false;
    try (FileChannel out = opened) {
      MessageDigest sha256 = Snapshots.sha256();
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      long position = 0;
      for (int read = spooled.read(buffer, 0); read >= 0; read = spooled.read(buffer, position)) {
        position += read;
        buffer.flip();
        sha256.update(buffer.duplicate());
        write(out, buffer);
        buffer.clear();
      }
      write(out, ByteBuffer.wrap(sha256.digest()));
      out.force(true);
      written = true;
      return out.size();
    } finally {
      if (!written) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
