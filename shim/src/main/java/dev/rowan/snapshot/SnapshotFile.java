package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import dev.rowan.Version;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.snapshot.bolt.BoltBucket;
import dev.rowan.snapshot.bolt.BoltWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Writes a scanned log as etcd's store: what etcd would have after the same history, with its last
 * compaction finished.
 *
 * <p>The scan is one state of the database, so that compaction and pruning may go on (T-4): its
 * rows and its compact revision belong together. Of rows that this compaction made unreadable,
 * those that are not pruned yet are left out, as far as the index view knows them. They would do no
 * harm but to HashKV of a store without live keys, which then counts whatever is there.
 */
final class SnapshotFile implements RevisionLog.ScanVisitor {
  private final KeyIndexView view;
  private final Identity identity;
  private final Spool spool;
  private final BoltWriter file;
  private final BoltBucket keys;

  /** The newest revision at which the view tells what is garbage. */
  private long prunedTo = -1;

  /** Takes a view that was published before the scan begins. */
  SnapshotFile(Spool spool, KeyIndexView view, Identity identity) throws IOException {
    this.view = view;
    this.identity = identity;
    this.spool = spool;
    this.file = new BoltWriter(spool.channel());
    this.keys = this.file.bucket(Schema.KEY);
  }

  @Override
  public boolean head(Head head) {
    writing(() -> begin(head));
    return true;
  }

  private void begin(Head head) throws IOException {
    // Made even if they stay empty: etcd takes them for granted.
    for (Kept kept : Kept.values()) {
      file.bucket(kept.bucket);
    }
    file.bucket(Schema.MEMBERS);
    file.bucket(Schema.MEMBERS_REMOVED);
    file.bucket(Schema.CLUSTER)
        .put(Schema.CLUSTER_VERSION, ByteString.copyFromUtf8(Version.ETCD_STORAGE));
    BoltBucket meta = file.bucket(Schema.META);
    meta.put(Schema.CONF_STATE, confState());
    meta.put(Schema.CONSISTENT_INDEX, number(head.position()));
    if (head.compactRevision() > 0) {
      ByteString compacted = new RevisionKey(head.compactRevision(), 0, false).encode();
      meta.put(Schema.FINISHED_COMPACT, compacted);
      meta.put(Schema.SCHEDULED_COMPACT, compacted);
    }
    meta.put(Schema.STORAGE_VERSION, ByteString.copyFromUtf8(Version.ETCD_STORAGE));
    meta.put(Schema.TERM, number(identity.term()));
    prunedTo = Math.min(head.compactRevision(), view.revision());
  }

  private ByteString confState() {
    String voter = Long.toUnsignedString(identity.memberId());
    return ByteString.copyFromUtf8("{\"voters\":[" + voter + "],\"auto_leave\":false}");
  }

  private static ByteString number(long number) {
    return ByteString.copyFrom(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  @Override
  public void meta(MetaRow row) {
    Kept kept = Kept.of(row.bucket());
    ByteString blob = row.blob();
    if (kept != null && blob != null) {
      writing(() -> file.bucket(kept.bucket).put(row.id(), kept.exported(row.id(), blob)));
    }
  }

  @Override
  public void row(LogRow row) {
    if (!garbage(row)) {
      writing(() -> write(row));
    }
  }

  private void write(LogRow row) throws IOException {
    ByteString value = keyValue(row);
    keys.put(RevisionKey.of(row.id(), row.deleted()).encode(), value);
    spool.wrote(value.size());
  }

  /** What is written to the file. */
  private interface Write {
    void run() throws IOException;
  }

  private static void writing(Write write) {
    try {
      write.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether nobody can read a row: kept of each key is its newest change, unless a deletion. */
  private boolean garbage(LogRow row) {
    if (row.revision() > prunedTo) {
      return false;
    }
    KeyEntry entry = view.get(row.key().toByteArray());
    if (entry == null) {
      return true;
    }
    long visible = entry.idAt(prunedTo);
    // A deletion of the compact revision itself stays, for watches that begin there.
    return row.deleted() ? visible != 0 || row.revision() < prunedTo : visible != row.id();
  }

  private static ByteString keyValue(LogRow row) {
    KeyValue.Builder kv = KeyValue.newBuilder().setKey(row.key());
    if (!row.deleted()) {
      kv.setCreateRevision(row.createRevision())
          .setModRevision(row.revision())
          .setVersion(row.version())
          .setValue(row.value())
          .setLease(row.leaseId());
    }
    return kv.build().toByteString();
  }

  /** Ends the file. */
  void finish() throws IOException {
    file.finish();
  }
}
