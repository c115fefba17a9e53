package dev.rowan.snapshot.bolt;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A leaf or branch that was read, with every bound checked before it is used: what a page says of
 * itself may be damaged. Immutable.
 *
 * <p>A page is a header (its number, flags, count of elements, count of pages that it continues
 * over), then the elements, then their keys and values. An element says how far behind its own
 * start its key begins; the value follows the key.
 */
final class Page {
  /** Bytes of a page that is written; those that are read have what their file's meta says. */
  static final int BYTES = 4096;

  static final int HEADER_BYTES = 16;
  static final int ELEMENT_BYTES = 16;

  /** Flags of a page. */
  static final int BRANCH = 1;

  static final int LEAF = 2;
  static final int META = 4;
  static final int FREELIST = 16;

  /** Flag of a leaf's element: its value is a bucket. */
  static final int BUCKET = 1;

  private final byte[] array;
  private final int start;
  private final ByteBuffer bytes;
  private final String name;

  /**
   * Takes a page.
   *
   * @param name how messages call it
   */
  Page(byte[] array, int start, String name) throws DamagedException {
    this.array = array;
    this.start = start;
    this.bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    this.name = name;
    long end = HEADER_BYTES + (long) ELEMENT_BYTES * count();
    if (flags() != LEAF && flags() != BRANCH) {
      throw damaged("is neither leaf nor branch");
    }
    if (start + end > array.length) {
      throw damaged("has elements behind its end");
    }
  }

  /** Pages that a page continues over, by its header. */
  static long overflow(ByteBuffer header) {
    return Integer.toUnsignedLong(header.getInt(12));
  }

  static long number(ByteBuffer header) {
    return header.getLong(0);
  }

  private int flags() {
    return Short.toUnsignedInt(bytes.getShort(start + 8));
  }

  boolean leaf() {
    return flags() == LEAF;
  }

  int count() {
    return Short.toUnsignedInt(bytes.getShort(start + 10));
  }

  private int element(int index) {
    return start + HEADER_BYTES + ELEMENT_BYTES * index;
  }

  ByteString key(int index) throws DamagedException {
    int at = element(index);
    int place = leaf() ? at + 4 : at;
    return slice(at, bytes.getInt(place), 0, bytes.getInt(place + 4));
  }

  ByteString value(int index) throws DamagedException {
    int at = element(index);
    return slice(at, bytes.getInt(at + 4), bytes.getInt(at + 8), bytes.getInt(at + 12));
  }

  boolean bucket(int index) {
    return (bytes.getInt(element(index)) & BUCKET) != 0;
  }

  long child(int index) {
    return bytes.getLong(element(index) + 8);
  }

  /** A part of the page: numbers are unsigned, and may be anything in a damaged one. */
  private ByteString slice(int at, int offset, int skipped, int length) throws DamagedException {
    long from = at + Integer.toUnsignedLong(offset) + Integer.toUnsignedLong(skipped);
    long size = Integer.toUnsignedLong(length);
    if (from + size > array.length) {
      throw damaged("has an entry behind its end");
    }
    return UnsafeByteOperations.unsafeWrap(array, (int) from, (int) size);
  }

  private DamagedException damaged(String what) {
    return new DamagedException("it is damaged: " + name + " " + what);
  }
}
