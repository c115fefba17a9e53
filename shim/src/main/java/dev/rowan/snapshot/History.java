package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RowId;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.snapshot.bolt.BoltReader;
import dev.rowan.snapshot.bolt.DamagedException;

/**
 * Takes the changes of keys from a snapshot in revision order, and refuses a history that cannot be
 * one. Below the compact revision there may be anything: a compaction that was not finished leaves
 * garbage, which the pruner deletes after the next start. Above it no revision is missing.
 */
final class History implements BoltReader.Visitor<LogException> {
  private final long compactRevision;
  private final Destination target;
  private long newestId = -1;
  private long newestRevision;
  private long rows;

  History(long compactRevision, Destination target) {
    this.compactRevision = compactRevision;
    this.target = target;
    this.newestRevision = Math.max(1, compactRevision);
  }

  /** Newest revision: that of the newest change, or the compact one if it is newer. */
  long revision() {
    return newestRevision;
  }

  long rows() {
    return rows;
  }

  @Override
  public void entry(ByteString key, ByteString value) throws DamagedException, LogException {
    RevisionKey place = RevisionKey.parse(key);
    checkRange(place);
    checkOrder(place.revision());
    KeyValue kv = keyValue(place, value);
    if (kv.getKey().isEmpty() && place.revision() <= compactRevision) {
      // What etcd's tool adds to raise the revision (--bump-revision): it is no key of anybody's.
      return;
    }
    check(place, kv);
    long id = RowId.of(place.revision(), (int) place.sub());
    if (id <= newestId) {
      throw damaged(place, "is there twice");
    }
    newestId = id;
    rows++;
    target.add(row(id, place, kv));
  }

  private static LogRow row(long id, RevisionKey place, KeyValue kv) {
    if (place.deletion()) {
      return new LogRow(id, kv.getKey(), ByteString.EMPTY, 0, 0, 0);
    }
    return new LogRow(
        id, kv.getKey(), kv.getValue(), kv.getCreateRevision(), kv.getVersion(), kv.getLease());
  }

  private static void checkRange(RevisionKey place) throws DamagedException {
    if (place.revision() < 1 || place.sub() < 0) {
      throw damaged(place, "is negative");
    }
    if (place.revision() > RowId.REVISION_MAX) {
      throw new DamagedException(
          "it has revision " + place.revision() + "; Rowan's go up to " + RowId.REVISION_MAX);
    }
    if (place.sub() > RowId.SUB_MAX) {
      throw new DamagedException(
          "its revision "
              + place.revision()
              + " changes more than "
              + (RowId.SUB_MAX + 1)
              + " keys, which is more than Rowan can hold");
    }
  }

  private void checkOrder(long revision) throws DamagedException {
    if (revision > newestRevision + 1) {
      throw new DamagedException(
          "it has no revision "
              + (newestRevision + 1)
              + ", but later ones: Rowan's revisions have no gaps");
    }
    newestRevision = Math.max(newestRevision, revision);
  }

  private static KeyValue keyValue(RevisionKey place, ByteString value) throws DamagedException {
    try {
      return KeyValue.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(place, "cannot be read");
    }
  }

  private static void check(RevisionKey place, KeyValue kv) throws DamagedException {
    if (kv.getKey().isEmpty()) {
      throw damaged(place, "has no key");
    }
    boolean created = kv.getCreateRevision() >= 1 && kv.getCreateRevision() <= place.revision();
    boolean put = kv.getModRevision() == place.revision() && created && kv.getVersion() >= 1;
    if (!place.deletion() && !put) {
      throw damaged(place, "is of another revision");
    }
  }

  private static DamagedException damaged(RevisionKey place, String what) {
    return new DamagedException(
        "it is damaged: the change at " + place.revision() + "/" + place.sub() + " " + what);
  }
}
