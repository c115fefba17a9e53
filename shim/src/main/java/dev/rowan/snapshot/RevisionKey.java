package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.RowId;
import dev.rowan.snapshot.bolt.DamagedException;
import java.nio.ByteBuffer;

/**
 * The key under which etcd's store has a change: revision and sub, eight bytes each, big endian,
 * with {@code _} between them, and {@code t} behind them if it is a deletion.
 */
record RevisionKey(long revision, long sub, boolean deletion) {
  private static final int BYTES = 2 * Long.BYTES + 1;
  private static final byte BETWEEN = '_';
  private static final byte DELETION = 't';

  static RevisionKey of(long id, boolean deletion) {
    return new RevisionKey(RowId.revision(id), RowId.sub(id), deletion);
  }

  static RevisionKey parse(ByteString key) throws DamagedException {
    boolean deletion = key.size() == BYTES + 1 && key.byteAt(BYTES) == DELETION;
    boolean whole = key.size() == BYTES || deletion;
    if (!whole || key.byteAt(Long.BYTES) != BETWEEN) {
      throw new DamagedException("it is damaged: a key of bucket key is no revision");
    }
    // A slice: places count from where the key begins.
    ByteBuffer bytes = key.asReadOnlyByteBuffer().slice();
    return new RevisionKey(bytes.getLong(0), bytes.getLong(Long.BYTES + 1), deletion);
  }

  ByteString encode() {
    ByteBuffer bytes = ByteBuffer.allocate(deletion ? BYTES + 1 : BYTES);
    bytes.putLong(revision).put(BETWEEN).putLong(sub);
    if (deletion) {
      bytes.put(DELETION);
    }
    return ByteString.copyFrom(bytes.flip());
  }
}
