package dev.rowan.maintenance;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RowId;
import dev.rowan.proto.mvccpb.KeyValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * A CRC-32C over rows as etcd stores them, so that it is the one that etcd computes of the same
 * history (M-5). Not thread safe.
 *
 * <p>Row 1 of revision 6, the put of d=D in the key's second version, gives these bytes; of a
 * deletion the key's 17 are followed by a t, and the message has the key alone.
 *
 * <pre>
 * 00 00 00 00 00 00 00 06  _  00 00 00 00 00 00 00 01     the row's key
 * KeyValue{key: d, create_revision: 4, mod_revision: 6, version: 2, value: D}
 * </pre>
 */
public final class RowChecksum {
  /** How etcd's bucket of keys is named, with which the checksum begins. */
  private static final String BUCKET = "key";

  private static final int ROW_KEY_BYTES = 2 * Long.BYTES + 2;

  private final CRC32C crc = new CRC32C();
  private final ByteBuffer rowKey = ByteBuffer.allocate(ROW_KEY_BYTES);

  public RowChecksum() {
    crc.update(BUCKET.getBytes(StandardCharsets.US_ASCII));
  }

  /** Adds a row, after those that precede it in the log. */
  public void add(LogRow row) {
    rowKey.clear();
    rowKey.putLong(row.revision()).put((byte) '_').putLong(RowId.sub(row.id()));
    KeyValue.Builder kv = KeyValue.newBuilder().setKey(row.key());
    if (row.deleted()) {
      rowKey.put((byte) 't');
    } else {
      kv.setCreateRevision(row.createRevision())
          .setModRevision(row.revision())
          .setVersion(row.version())
          .setValue(row.value())
          .setLease(row.leaseId());
    }
    crc.update(rowKey.flip());
    crc.update(kv.build().toByteArray());
  }

  /** Adds what etcd has no equal of, in a form of our own (M-4). */
  public void add(MetaRow row) {
    crc.update(row.bucket().getBytes(StandardCharsets.UTF_8));
    crc.update(row.id().asReadOnlyByteBuffer());
    ByteString blob = row.blob();
    if (blob != null) {
      crc.update(blob.asReadOnlyByteBuffer());
    }
  }

  public int value() {
    return (int) crc.getValue();
  }
}
