package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RowId;
import dev.rowan.lease.LeaseBook;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch in the making: what the commands evaluated so far would change, on top of the published
 * state. Later commands of the batch see it; nobody else does before it is committed.
 *
 * <p>Each command that changes keys runs between {@link #begin} and {@link #end}: all its changes
 * share one revision, and the subs count them. Belongs to the sequencer's thread.
 */
final class Draft implements State {
  private static final int DELETED_KEY_BYTES = 64;

  private final KeyIndex index;
  private final MetaState metaState;
  private final LeaseBook leases;
  private final AuthBook auth;
  private final Values values;
  private final Head head;
  private final List<Change> changes = new ArrayList<>();
  private final Map<MetaKey, MetaRow> meta = new LinkedHashMap<>();
  private long revision;
  private long compactRevision;
  private long bytes;
  private int sub;

  private record MetaKey(String bucket, ByteString id) {}

  Draft(KeyIndex index, MetaState metaState, Values values, Head head) {
    this.index = index;
    this.metaState = metaState;
    this.leases = metaState.leases();
    this.auth = metaState.auth();
    this.values = values;
    this.head = head;
    this.revision = head.revision();
    this.compactRevision = head.compactRevision();
  }

  LeaseBook leases() {
    return leases;
  }

  MetaState metaState() {
    return metaState;
  }

  AuthBook auth() {
    return auth;
  }

  /** The log's position once this batch is appended. */
  long position() {
    return head.position() + 1;
  }

  /** Newest revision: that of the last command that changed a key. */
  @Override
  public long revision() {
    return revision;
  }

  @Override
  public long compactRevision() {
    return compactRevision;
  }

  List<Change> changes() {
    return changes;
  }

  /** Bytes of the rows so far, about. */
  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return changes.isEmpty() && meta.isEmpty() && compactRevision == head.compactRevision();
  }

  /** Starts the next command's changes. */
  void begin() {
    sub = 0;
  }

  /** Whether the present command has changed a key. */
  boolean changed() {
    return sub > 0;
  }

  /** Revision of the present command's changes, of which there may be none yet. */
  long nextRevision() {
    return revision + 1;
  }

  /** Ends the command's changes and gives the newest revision, its own if it changed something. */
  long end() {
    if (sub > 0) {
      revision++;
      sub = 0;
    }
    return revision;
  }

  /** The key with this draft's changes; null if it has no revisions. It may be deleted. */
  @Nullable KeyEntry entry(byte[] key) {
    return index.get(key);
  }

  /** The live key with this draft's changes. */
  @Override
  public @Nullable KeyEntry live(byte[] key) {
    KeyEntry entry = index.get(key);
    return entry == null || entry.deleted() ? null : entry;
  }

  /** The index with this draft's changes, until the next of them. */
  @Override
  public KeyIndexView view() {
    return index.working();
  }

  void put(byte[] key, ByteString keyBytes, ByteString value, long leaseId) {
    KeyEntry before = index.get(key);
    long previousId = before == null ? 0 : before.idAt(revision);
    if (before != null && !before.deleted() && before.leaseId() != leaseId) {
      leases.detach(before.leaseId(), keyBytes);
    }
    long id = nextId();
    KeyEntry entry = index.put(key, id, leaseId);
    leases.attach(leaseId, keyBytes);
    KeyValue kv =
        KeyValue.newBuilder()
            .setKey(keyBytes)
            .setValue(value)
            .setCreateRevision(entry.createRevision())
            .setModRevision(nextRevision())
            .setVersion(entry.version())
            .setLease(leaseId)
            .build();
    boolean created = entry.createRevision() == nextRevision();
    add(new Change(id, kv, created ? 0 : previousId));
  }

  void delete(KeyEntry before, ByteString keyBytes) {
    long previousId = before.idAt(revision);
    leases.detach(before.leaseId(), keyBytes);
    long id = nextId();
    index.delete(before.key(), id);
    KeyValue kv = KeyValue.newBuilder().setKey(keyBytes).setModRevision(nextRevision()).build();
    add(new Change(id, kv, previousId));
  }

  private long nextId() {
    if (sub > RowId.SUB_MAX) {
      // Counted before; only a transaction that deletes what it puts itself gets here.
      throw new IllegalStateException("more changes than a revision can hold");
    }
    return RowId.of(nextRevision(), sub++);
  }

  private void add(Change change) {
    changes.add(change);
    bytes += DELETED_KEY_BYTES + change.kv().getKey().size() + change.kv().getValue().size();
  }

  void compact(long to) {
    compactRevision = to;
  }

  /** Sets or, with null, removes a piece of meta state. */
  void setMeta(String bucket, ByteString id, @Nullable ByteString blob) {
    meta.put(new MetaKey(bucket, id), new MetaRow(bucket, id, blob));
  }

  /**
   * The rows with these ids, this draft's own among them. Reads the log for what isn't cached.
   *
   * @throws LogException.Conflict if one is gone: only what another instance compacted can be
   */
  @Override
  public @Nullable KeyValue[] values(long[] ids) throws LogException {
    @Nullable KeyValue[] found = new KeyValue[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (RowId.revision(ids[i]) > head.revision()) {
        found[i] = own(ids[i]);
      }
    }
    values.read(ids, found);
    for (@Nullable KeyValue kv : found) {
      if (kv == null) {
        throw new LogException.Conflict("a row that can be read was pruned by another instance");
      }
    }
    return found;
  }

  /** The row of the draft's own with this id. Ids ascend. */
  private KeyValue own(long id) {
    int low = 0;
    int high = changes.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (changes.get(middle).id() < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return changes.get(low).kv();
  }

  /** The draft as the log takes it. */
  Batch batch(long token) {
    List<LogRow> rows = new ArrayList<>(changes.size());
    for (Change change : changes) {
      rows.add(change.row());
    }
    return new Batch(
        token,
        head.position(),
        head.token(),
        revision,
        compactRevision,
        rows,
        List.copyOf(meta.values()));
  }
}
