package dev.rowan.moving;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RowId;
import dev.rowan.lease.LeaseRows;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.snapshot.Destination;
import dev.rowan.snapshot.Progress;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import dev.rowan.snapshot.Spool;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Imports the keys that a range gives, as they are at one revision: with their own revisions and
 * versions, and their leases. The store counts as compacted at that revision. Pages come in the
 * order of keys and rows are wanted in that of revisions, so the values wait in a file. Not thread
 * safe.
 */
final class RangeImport {
  private static final ByteString LOWEST_KEY = ByteString.copyFrom(new byte[] {0});

  /** Keys in a page: with the largest values that etcd takes by default, 150 MB. */
  private static final int PAGE_KEYS = 100;

  /** Where a key's value waits. */
  private record Waiting(long modRevision, long position, int bytes) {}

  private final LiveEtcd etcd;
  private final Spool spool;
  private final Progress progress;
  private final List<Waiting> waiting = new ArrayList<>();
  private final Map<Long, Long> leaseSeconds = new TreeMap<>();
  private long revision;

  private RangeImport(LiveEtcd etcd, Spool spool, Progress progress) {
    this.etcd = etcd;
    this.spool = spool;
    this.progress = progress;
  }

  static Imported read(LiveEtcd etcd, ByteString prefix, Endpoint to, Progress progress)
      throws SnapshotException {
    try (Spool spool = Spool.open(LiveImport.existing(to.spoolFolder()), 0)) {
      RangeImport ranges = new RangeImport(etcd, spool, progress);
      ranges.collect(prefix);
      return new Imported(
          ranges.write(to),
          "these are keys as they were at revision "
              + ranges.revision
              + ", with their revisions; older revisions, users and roles were not taken over");
    } catch (StatusRuntimeException e) {
      throw etcd.failed("reading keys", e);
    } catch (LogException e) {
      throw new SnapshotException(Restore.explain(e, to.toString()), e);
    } catch (IOException e) {
      throw new SnapshotException("keeping keys in a file: " + e, e);
    }
  }

  private void collect(ByteString prefix) throws IOException {
    ByteString end = prefixEnd(prefix);
    ByteString from = prefix.isEmpty() ? LOWEST_KEY : prefix;
    boolean more = true;
    while (more) {
      RangeResponse page =
          etcd.range(
              RangeRequest.newBuilder()
                  .setKey(from)
                  .setRangeEnd(end)
                  .setRevision(revision)
                  .setLimit(PAGE_KEYS)
                  .build());
      if (revision == 0) {
        revision = page.getHeader().getRevision();
      }
      for (KeyValue kv : page.getKvsList()) {
        keep(kv);
      }
      long left = page.getCount() - page.getKvsCount();
      progress.at(waiting.size(), waiting.size() + Math.max(0, left));
      more = page.getMore() && page.getKvsCount() > 0;
      if (more) {
        from = page.getKvs(page.getKvsCount() - 1).getKey().concat(LOWEST_KEY);
      }
    }
  }

  /** The lowest key behind those with a prefix; etcd's sign for no end if there is none. */
  static ByteString prefixEnd(ByteString prefix) {
    int length = prefix.size();
    while (length > 0 && prefix.byteAt(length - 1) == (byte) 0xff) {
      length--;
    }
    if (length == 0) {
      return LOWEST_KEY;
    }
    byte[] end = prefix.substring(0, length).toByteArray();
    end[length - 1]++;
    return ByteString.copyFrom(end);
  }

  private void keep(KeyValue kv) throws IOException {
    byte[] bytes = kv.toByteArray();
    waiting.add(new Waiting(kv.getModRevision(), spool.channel().position(), bytes.length));
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      spool.channel().write(buffer);
    }
    spool.wrote(bytes.length);
    if (kv.getLease() != 0 && !leaseSeconds.containsKey(kv.getLease())) {
      leaseSeconds.put(kv.getLease(), ttlSeconds(kv.getLease()));
    }
  }

  private Restored write(Endpoint to) throws LogException, IOException, SnapshotException {
    waiting.sort(
        Comparator.comparingLong(Waiting::modRevision).thenComparingLong(Waiting::position));
    try (Destination destination = Destination.open(to)) {
      long last = 0;
      int sub = 0;
      for (Waiting next : waiting) {
        sub = next.modRevision() == last ? sub + 1 : 0;
        last = next.modRevision();
        if (sub > RowId.SUB_MAX || last > RowId.REVISION_MAX) {
          throw new SnapshotException(
              "revision " + last + ", or the number of its keys, is more than Rowan can hold");
        }
        destination.add(row(RowId.of(last, sub), KeyValue.parseFrom(read(next))));
      }
      for (Map.Entry<Long, Long> lease : leaseSeconds.entrySet()) {
        destination.add(
            new MetaRow(
                LeaseRows.BUCKET,
                LeaseRows.id(lease.getKey()),
                LeaseRows.blob(lease.getKey(), lease.getValue())));
      }
      return destination.finish(revision, revision);
    }
  }

  private byte[] read(Waiting key) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(key.bytes());
    while (bytes.hasRemaining()) {
      if (spool.channel().read(bytes, key.position() + bytes.position()) < 0) {
        throw new IOException("the file became shorter");
      }
    }
    return bytes.array();
  }

  private static LogRow row(long id, KeyValue kv) {
    return new LogRow(
        id,
        kv.getKey(),
        kv.getValue(),
        kv.getCreateRevision(),
        // kine tells none.
        Math.max(1, kv.getVersion()),
        kv.getLease());
  }

  /** Granted with; where leases aren't served, their ids are what they have: kine's. */
  private long ttlSeconds(long lease) {
    try {
      // -1 if it ended after its keys were read.
      return Math.max(1, etcd.lease(lease).getGrantedTTL());
    } catch (StatusRuntimeException e) {
      if (LiveEtcd.notServed(e.getStatus())) {
        return lease;
      }
      throw e;
    }
  }
}
