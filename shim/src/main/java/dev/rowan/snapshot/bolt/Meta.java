package dev.rowan.snapshot.bolt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What a meta page says: where a file's root is. A file has two, and the valid one with the greater
 * transaction counts.
 *
 * @param pageBytes size of a page
 * @param root the leaf or branch that the tree of buckets begins at
 * @param freelist the page that lists free pages; all bits set if they are not listed
 * @param pages number of pages of the file
 * @param transaction the number of the one that wrote it
 */
record Meta(int pageBytes, long root, long freelist, long pages, long transaction) {
  /** Bytes of a meta page from its start that matter: the page's header and the fields. */
  static final int BYTES = Page.HEADER_BYTES + 64;

  private static final int MAGIC = 0xED0CDAED;
  private static final int VERSION = 2;

  /** What a checksum covers: everything before it. */
  private static final int CHECKED_BYTES = 56;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private static final int PAGE_BYTES_MIN = 512;
  private static final int PAGE_BYTES_MAX = 1 << 20;

  /** The fields as they follow a page's header. */
  ByteBuffer encode() {
    ByteBuffer bytes =
        ByteBuffer.allocate(BYTES - Page.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(MAGIC).putInt(VERSION).putInt(pageBytes).putInt(0);
    // The root is a bucket: its page, and a sequence that nobody counts.
    bytes.putLong(root).putLong(0);
    bytes.putLong(freelist).putLong(pages).putLong(transaction);
    return bytes.putLong(checksum(bytes)).flip();
  }

  /**
   * Reads a meta page.
   *
   * @param bytes at least {@link #BYTES} from the page's start, little endian
   * @return null if it is none, or its checksum is wrong
   */
  static @Nullable Meta decode(ByteBuffer bytes) {
    ByteBuffer fields =
        bytes.slice(Page.HEADER_BYTES, BYTES - Page.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    boolean known = fields.getInt(0) == MAGIC && fields.getInt(4) == VERSION;
    if (!known || fields.getLong(CHECKED_BYTES) != checksum(fields)) {
      return null;
    }
    Meta meta =
        new Meta(
            fields.getInt(8),
            fields.getLong(16),
            fields.getLong(32),
            fields.getLong(40),
            fields.getLong(48));
    return meta.plausible() ? meta : null;
  }

  /** Whether this one counts rather than another. */
  boolean follows(@Nullable Meta other) {
    return other == null || transaction > other.transaction;
  }

  private boolean plausible() {
    return pageBytes >= PAGE_BYTES_MIN
        && pageBytes <= PAGE_BYTES_MAX
        && Integer.bitCount(pageBytes) == 1
        && pages > 0
        && pages <= Long.MAX_VALUE / pageBytes;
  }

  /** FNV-1a of 64 bits. */
  private static long checksum(ByteBuffer fields) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < CHECKED_BYTES; i++) {
      hash = (hash ^ (fields.get(i) & 0xff)) * FNV_PRIME;
    }
    return hash;
  }
}
