package dev.rowan.snapshot;

import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
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
import org.jspecify.annotations.Nullable;

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
   * Exports. The file is its owner's alone, and has its name once it is whole.
   *
   * @param file which isn't there yet
   * @return bytes of the file
   * @throws SnapshotException if there is no store, or the file is there already, or anything
   *     fails; then there is no file of that name
   */
  public static long write(Endpoint from, Path file, Progress progress) throws SnapshotException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.exists(file)) {
      throw alreadyThere(file, null);
    }
    try (RevisionLog log = from.openExisting();
        Spool spool = Spool.open(folder, 2 * log.size().bytesInUse())) {
      KeyIndexView view = IndexOf.log(log);
      long cluster = log.head().clusterId();
      Identity identity = Identity.of(cluster, Identity.memberId(cluster, "default"), TERM);
      SnapshotFile snapshot = new SnapshotFile(spool, view, identity);
      log.scan(Long.MAX_VALUE, new Told(snapshot, view.revision(), progress));
      snapshot.finish();
      return write(spool.channel(), folder, file);
    } catch (FileAlreadyExistsException e) {
      throw alreadyThere(file, e);
    } catch (LogException e) {
      throw new SnapshotException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new SnapshotException("writing " + file + ": " + e, e);
    } catch (UncheckedIOException e) {
      throw new SnapshotException("writing " + file + ": " + e.getCause(), e);
    }
  }

  private static SnapshotException alreadyThere(Path file, @Nullable Exception why) {
    return new SnapshotException(file + " is there already: name a new file", why);
  }

  /** Tells how far a scan is. */
  private record Told(RevisionLog.ScanVisitor visitor, long revision, Progress progress)
      implements RevisionLog.ScanVisitor {
    @Override
    public boolean head(Head head) {
      return visitor.head(head);
    }

    @Override
    public void meta(MetaRow row) {
      visitor.meta(row);
    }

    @Override
    public void row(LogRow row) {
      visitor.row(row);
      progress.at(row.revision(), revision);
    }
  }

  /** Copies what was spooled to a file beside, reads that again, and then gives it its name. */
  private static long write(FileChannel spooled, Path folder, Path file)
      throws IOException, SnapshotException {
    Path part = Files.createTempFile(folder, "rowan-export-", ".part");
    try {
      try (FileChannel out =
          FileChannel.open(part, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        copy(spooled, out);
        out.force(true);
        var _ = Checksum.check(out, part.toString(), false);
      }
      Files.createLink(file, part);
      return Files.size(file);
    } finally {
      Files.delete(part);
    }
  }

  /** With its SHA-256 behind it. */
  private static void copy(FileChannel spooled, FileChannel out) throws IOException {
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
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
