package dev.rowan.snapshot.bolt;

import com.google.protobuf.ByteString;

/**
 * An entry of a page.
 *
 * @param key unique within its bucket
 * @param value of a leaf; empty in a branch
 * @param child of a branch, the page that begins with the key; 0 in a leaf
 * @param flags of a leaf: {@link Page#BUCKET} if the value is a bucket
 */
record Element(ByteString key, ByteString value, long child, int flags) {
  static Element leaf(ByteString key, ByteString value, int flags) {
    return new Element(key, value, 0, flags);
  }

  static Element branch(ByteString key, long child) {
    return new Element(key, ByteString.EMPTY, child, 0);
  }

  /** What it takes in a page. */
  long bytes() {
    return (long) Page.ELEMENT_BYTES + key.size() + value.size();
  }
}
