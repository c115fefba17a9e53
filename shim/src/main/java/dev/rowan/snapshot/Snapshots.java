package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.rowan.Version;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.maintenance.StoreSize;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends snapshots: writes the store as a file of etcd's beside the data, which fixes its size and
 * lets go of the database soon, and streams that as fast as the client takes it.
 *
 * <p>Called on an event loop; everything else is done by a thread a snapshot, which may block.
 */
public final class Snapshots {
  private static final Logger log = LoggerFactory.getLogger(Snapshots.class);

  /** Bytes of the file in one message; etcd's. */
  private static final int BLOB_BYTES = 32 << 10;

  private final RevisionLog revisionLog;
  private final KeyIndex index;
  private final Identity identity;
  private final StoreSize size;
  private final Path folder;
  private final ExecutorService threads;

  /**
   * Makes it.
   *
   * @param folder where the files are written: as large as the store each, and removed at the end
   * @param threads one for each snapshot at a time; refuses more
   */
  public Snapshots(
      RevisionLog revisionLog,
      KeyIndex index,
      Identity identity,
      StoreSize size,
      Path folder,
      ExecutorService threads) {
    this.revisionLog = revisionLog;
    this.index = index;
    this.identity = identity;
    this.size = size;
    this.folder = folder;
    this.threads = threads;
  }

  /** M-6. */
  public void send(StreamObserver<SnapshotResponse> reply) {
    SnapshotCall call =
        new SnapshotCall((ServerCallStreamObserver<SnapshotResponse>) reply, System::nanoTime);
    try {
      threads.execute(() -> serve(call));
    } catch (RejectedExecutionException e) {
      call.fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void serve(SnapshotCall call) {
    try (Spool spool = Spool.open(folder, size.bytesInUse())) {
      write(spool);
      stream(call, spool.channel());
    } catch (InterruptedException e) {
      call.fail(EtcdError.STOPPED.exception());
    } catch (Spool.FullException e) {
      log.atError().addKeyValue("error", e.getMessage()).log("a snapshot found no room");
      call.fail(EtcdError.SNAPSHOT_NO_SPACE.exception());
    } catch (LogException | IOException | RuntimeException e) {
      fail(call, e);
    }
  }

  private void fail(SnapshotCall call, Exception e) {
    if (threads.isShutdown()) {
      call.fail(EtcdError.STOPPED.exception());
      return;
    }
    log.atError().setCause(e).log("a snapshot failed");
    boolean later = e instanceof LogException && !(e instanceof LogException.Corrupt);
    call.fail((later ? EtcdError.TIMED_OUT : EtcdError.INTERNAL).exception());
  }

  private void write(Spool spool) throws LogException, IOException {
    SnapshotFile snapshot = new SnapshotFile(spool, index.view(), identity);
    try {
      revisionLog.scan(Long.MAX_VALUE, snapshot);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    snapshot.finish();
  }

  private static void stream(SnapshotCall call, FileChannel file)
      throws IOException, InterruptedException {
    long started = System.nanoTime();
    MessageDigest sha256 = sha256();
    long total = file.size();
    long sent = 0;
    call.begin(total);
    while (sent < total && call.awaitRoom()) {
      byte[] blob = new byte[(int) Math.min(BLOB_BYTES, total - sent)];
      read(file, blob, sent);
      sha256.update(blob);
      sent += blob.length;
      call.send(response(total - sent, UnsafeByteOperations.unsafeWrap(blob)));
    }
    if (sent < total || !call.awaitRoom()) {
      log.atWarn()
          .addKeyValue("bytes", sent)
          .addKeyValue("of", total)
          .log("a client did not take the whole snapshot");
      call.fail(EtcdError.TIMED_OUT.exception());
      return;
    }
    call.send(response(0, ByteString.copyFrom(sha256.digest())));
    call.complete();
    log.atInfo()
        .addKeyValue("bytes", total)
        .addKeyValue("millis", (System.nanoTime() - started) / 1_000_000)
        .log("sent a snapshot");
  }

  private static void read(FileChannel file, byte[] blob, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(blob);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, position + bytes.position()) < 0) {
        throw new IOException("the file ends before its end");
      }
    }
  }

  private static SnapshotResponse response(long remaining, ByteString blob) {
    return SnapshotResponse.newBuilder()
        .setRemainingBytes(remaining)
        .setBlob(blob)
        .setVersion(Version.ETCD_STORAGE)
        .build();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
