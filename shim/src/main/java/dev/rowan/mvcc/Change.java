package dev.rowan.mvcc;

import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RowId;
import dev.rowan.proto.mvccpb.KeyValue;

/**
 * One committed change of one key, as the watch hub gets it.
 *
 * @param id the change's row
 * @param kv the key as the change left it; a deletion has version 0 and only key and mod revision
 * @param previousId row of the put that was visible one revision earlier; 0 for none
 */
public record Change(long id, KeyValue kv, long previousId) {

  public boolean deletion() {
    return kv.getVersion() == 0;
  }

  public long revision() {
    return RowId.revision(id);
  }

  LogRow row() {
    return new LogRow(
        id, kv.getKey(), kv.getValue(), kv.getCreateRevision(), kv.getVersion(), kv.getLease());
  }

  /** The key value that a row of the log holds. */
  static KeyValue keyValue(LogRow row) {
    return KeyValue.newBuilder()
        .setKey(row.key())
        .setValue(row.value())
        .setCreateRevision(row.createRevision())
        .setModRevision(row.revision())
        .setVersion(row.version())
        .setLease(row.leaseId())
        .build();
  }
}
