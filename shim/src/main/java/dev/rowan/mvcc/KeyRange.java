package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A range of keys as etcd's requests spell it (C-3): one key, everything from a key on, or from a
 * key up to but without another. Bytes compare as unsigned.
 */
public final class KeyRange {
  private static final byte[] NO_BYTES = {};

  private final byte[] from;
  private final byte @Nullable [] to;
  private final boolean single;

  private KeyRange(byte[] from, byte @Nullable [] to, boolean single) {
    this.from = from;
    this.to = to;
    this.single = single;
  }

  /** Reads the {@code key} and {@code range_end} of a request. */
  public static KeyRange of(ByteString key, ByteString rangeEnd) {
    byte[] from = key.toByteArray();
    if (rangeEnd.isEmpty()) {
      return new KeyRange(from, Arrays.copyOf(from, from.length + 1), true);
    }
    if (rangeEnd.size() == 1 && rangeEnd.byteAt(0) == 0) {
      return new KeyRange(from, null, false);
    }
    return new KeyRange(from, rangeEnd.toByteArray(), false);
  }

  /** Every key there is. */
  public static KeyRange all() {
    return new KeyRange(NO_BYTES, null, false);
  }

  /** First key of the range; not to be modified. */
  public byte[] from() {
    return from;
  }

  /** First key after the range, null for an open end; not to be modified. */
  public byte @Nullable [] to() {
    return to;
  }

  /** Whether the range is exactly one key, {@link #from}. */
  public boolean single() {
    return single;
  }

  /** Whether no key can be in the range. */
  public boolean empty() {
    return to != null && Arrays.compareUnsigned(from, to) >= 0;
  }

  public boolean contains(byte[] key) {
    if (single) {
      return Arrays.equals(from, key);
    }
    return Arrays.compareUnsigned(from, key) <= 0
        && (to == null || Arrays.compareUnsigned(key, to) < 0);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyRange range
        && Arrays.equals(from, range.from)
        && Arrays.equals(to, range.to);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(from) + Arrays.hashCode(to);
  }
}
