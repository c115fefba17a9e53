package dev.rowan.moving;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.maintenance.KvHash;
import dev.rowan.maintenance.KvHasher;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import dev.rowan.snapshot.Destination;
import dev.rowan.snapshot.IndexOf;
import dev.rowan.snapshot.Progress;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import dev.rowan.snapshot.Spool;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Imports from an etcd that runs: by a snapshot, which has every revision and everything beside the
 * keys, and is then compared by etcd's own hash of its keys. Where a snapshot isn't served to this
 * user, or some keys only are wanted, it reads them as they are at one revision ({@link
 * RangeImport}).
 */
public final class LiveImport {
  /** An etcd that sends no part of its snapshot for so long is given up. */
  private static final int PART_SECONDS = 120;

  private LiveImport() {}

  /**
   * Imports.
   *
   * @throws SnapshotException if the target isn't empty, or anything fails; then the target is as
   *     empty as before, unless the message says otherwise
   */
  public static Imported read(LiveSource from, Endpoint to, Progress progress)
      throws SnapshotException {
    try {
      Destination.checkEmpty(to);
    } catch (LogException e) {
      throw new SnapshotException(Restore.explain(e, to.toString()), e);
    }
    try (LiveEtcd etcd = LiveEtcd.connect(from)) {
      if (from.prefix().isEmpty()) {
        Optional<Imported> imported = bySnapshot(etcd, to, progress);
        if (imported.isPresent()) {
          return imported.get();
        }
      }
      return RangeImport.read(etcd, from.prefix(), to, progress);
    }
  }

  /** Empty if this user is given none. */
  private static Optional<Imported> bySnapshot(LiveEtcd etcd, Endpoint to, Progress progress)
      throws SnapshotException {
    try (Spool spool = Spool.open(existing(to.spoolFolder()), 0)) {
      if (!download(etcd, spool, progress.half(false))) {
        return Optional.empty();
      }
      Restored restored =
          Restore.restore(spool.channel(), "the snapshot of " + etcd, to, progress.half(true));
      return Optional.of(new Imported(restored, compare(etcd, to, restored)));
    } catch (IOException e) {
      throw new SnapshotException("writing a snapshot to a file: " + e.getMessage(), e);
    }
  }

  /** The next folder above that is there: nothing stays behind if the import fails. */
  static Path existing(Path folder) {
    Path found = folder.toAbsolutePath();
    while (!Files.isDirectory(found) && found.getParent() != null) {
      found = found.getParent();
    }
    return found;
  }

  private static boolean download(LiveEtcd etcd, Spool spool, Progress progress)
      throws IOException, SnapshotException {
    BlockingClientCall<?, SnapshotResponse> parts = etcd.snapshot();
    try {
      long bytes = 0;
      SnapshotResponse part = parts.read(PART_SECONDS, TimeUnit.SECONDS);
      while (part != null) {
        for (ByteBuffer blob : part.getBlob().asReadOnlyByteBufferList()) {
          while (blob.hasRemaining()) {
            spool.channel().write(blob);
          }
        }
        spool.wrote(part.getBlob().size());
        bytes += part.getBlob().size();
        progress.at(bytes, bytes + part.getRemainingBytes());
        part = parts.read(PART_SECONDS, TimeUnit.SECONDS);
      }
      return true;
    } catch (StatusException e) {
      return refused(etcd, e);
    } catch (TimeoutException e) {
      throw new SnapshotException(
          "a snapshot at " + etcd + ": nothing came for " + PART_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SnapshotException("interrupted", e);
    } finally {
      parts.cancel("no more is wanted", null);
    }
  }

  /** False if only this user is refused, who may have the right to read keys. */
  private static boolean refused(LiveEtcd etcd, StatusException e) throws SnapshotException {
    if (LiveEtcd.notServed(e.getStatus())) {
      throw new SnapshotException(
          etcd
              + " serves no snapshots. If it is a kine, name its database: --from kine:ENDPOINT."
              + " Else name the keys that are wanted: --prefix",
          e);
    }
    if (e.getStatus().getCode() == Status.Code.PERMISSION_DENIED) {
      return false;
    }
    throw etcd.failed("a snapshot", e);
  }

  /** Asks etcd for its hash at the revision that was imported, and computes it here. */
  private static String compare(LiveEtcd etcd, Endpoint to, Restored restored)
      throws SnapshotException {
    long revision = restored.head().revision();
    HashKVResponse theirs;
    try {
      theirs = etcd.hash(revision);
    } catch (StatusRuntimeException e) {
      return notCompared(e.getStatus().getCode() + ": " + e.getStatus().getDescription());
    }
    KvHash ours = hash(to, revision);
    if (theirs.getCompactRevision() != ours.compactRevision()) {
      return notCompared("it was compacted meanwhile");
    }
    if (theirs.getHash() != ours.hash()) {
      throw new SnapshotException(
          "%s has another HashKV at revision %d (%08x) than its source (%08x): delete what is there"
              .formatted(to, revision, ours.hash(), theirs.getHash()));
    }
    return "HashKV at revision %d is the source's: %08x".formatted(revision, ours.hash());
  }

  private static String notCompared(String why) {
    return "the snapshot's SHA-256 was right; not compared by HashKV too: " + why;
  }

  private static KvHash hash(Endpoint to, long revision) throws SnapshotException {
    try (RevisionLog log = to.openExisting()) {
      KeyIndexView view = IndexOf.log(log);
      return new KvHasher(log)
          .hash(view, revision)
          .orElseThrow(() ->
              new SnapshotException(
                  "everything was written into "
                      + to
                      + ", and another process changed it before its HashKV was compared"));
    } catch (LogException e) {
      throw new SnapshotException(
          "everything was written into " + to + ", but its HashKV not compared: " + e.getMessage(),
          e);
    }
  }
}
