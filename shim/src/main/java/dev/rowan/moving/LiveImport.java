package dev.rowan.moving;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.maintenance.KvHash;
import dev.rowan.maintenance.KvHasher;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import dev.rowan.snapshot.IndexOf;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;

/**
 * Imports from an etcd that runs: by a snapshot, which has every revision and everything beside the
 * keys, and is then compared by etcd's own hash of its keys. Where a snapshot isn't served, or not
 * to this user, or some keys only are wanted, it reads them as they are at one revision ({@link
 * RangeImport}).
 */
public final class LiveImport {
  /** Who serves no snapshots, or not to everybody. */
  private static final Set<Status.Code> NO_SNAPSHOT =
      Set.of(Status.Code.UNIMPLEMENTED, Status.Code.PERMISSION_DENIED);

  private LiveImport() {}

  /**
   * Imports.
   *
   * @throws MovingException if the target isn't empty, or anything fails; then the target is as
   *     empty as before
   */
  public static Imported read(LiveSource from, Endpoint to, Progress progress)
      throws MovingException {
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

  /** Empty if it gives none. */
  private static Optional<Imported> bySnapshot(LiveEtcd etcd, Endpoint to, Progress progress)
      throws MovingException {
    try {
      Path file = Files.createTempFile(existing(to.spoolFolder()), "rowan-import-", ".db");
      try {
        if (!download(etcd, file, progress)) {
          return Optional.empty();
        }
        Restored restored = Restore.restore(file, false, to);
        return Optional.of(new Imported(restored, compare(etcd, to, restored)));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new MovingException("writing a snapshot to a file: " + e, e);
    } catch (SnapshotException e) {
      throw new MovingException(String.valueOf(e.getMessage()), e);
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

  private static boolean download(LiveEtcd etcd, Path file, Progress progress)
      throws IOException, MovingException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      Iterator<SnapshotResponse> parts =
          etcd.maintenance().snapshot(SnapshotRequest.getDefaultInstance());
      long bytes = 0;
      while (parts.hasNext()) {
        SnapshotResponse part = parts.next();
        ByteString blob = part.getBlob();
        blob.writeTo(out);
        bytes += blob.size();
        progress.at(bytes, bytes + part.getRemainingBytes());
      }
      return true;
    } catch (StatusRuntimeException e) {
      if (NO_SNAPSHOT.contains(e.getStatus().getCode())) {
        return false;
      }
      throw etcd.failed("a snapshot", e);
    }
  }

  /** Asks etcd for its hash at the revision that was imported, and computes it here. */
  private static String compare(LiveEtcd etcd, Endpoint to, Restored restored)
      throws MovingException {
    long revision = restored.head().revision();
    HashKVResponse theirs;
    try {
      theirs = etcd.maintenance().hashKV(HashKVRequest.newBuilder().setRevision(revision).build());
    } catch (StatusRuntimeException e) {
      return notCompared(e.getStatus().toString());
    }
    KvHash ours = hash(to, revision);
    if (theirs.getCompactRevision() != ours.compactRevision()) {
      return notCompared("it was compacted meanwhile");
    }
    if (theirs.getHash() != ours.hash()) {
      throw new MovingException(
          "%s has another HashKV at revision %d (%08x) than its source (%08x): do not use it"
              .formatted(to, revision, ours.hash(), theirs.getHash()));
    }
    return "HashKV at revision %d is the source's: %08x".formatted(revision, ours.hash());
  }

  private static String notCompared(String why) {
    return "the file's SHA-256 was right; not compared by HashKV: " + why;
  }

  private static KvHash hash(Endpoint to, long revision) throws MovingException {
    try (RevisionLog log = to.openExisting()) {
      KeyIndexView view = IndexOf.log(log);
      return new KvHasher(log)
          .hash(view, revision)
          .orElseThrow(() -> new MovingException(to + " was changed by another process meanwhile"));
    } catch (LogException e) {
      throw new MovingException(String.valueOf(e.getMessage()), e);
    }
  }
}
