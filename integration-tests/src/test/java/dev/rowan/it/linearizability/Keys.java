package dev.rowan.it.linearizability;

import com.google.protobuf.ByteString;

/** Which keys a key and a range's end stand for (C-3). */
final class Keys {
  private static final ByteString OPEN = ByteString.copyFrom(new byte[] {0});

  private Keys() {}

  static boolean contain(ByteString from, ByteString end, ByteString key) {
    if (end.isEmpty()) {
      return key.equals(from);
    }
    return compare(key, from) >= 0 && (end.equals(OPEN) || compare(key, end) < 0);
  }

  private static int compare(ByteString one, ByteString other) {
    return ByteString.unsignedLexicographicalComparator().compare(one, other);
  }
}
