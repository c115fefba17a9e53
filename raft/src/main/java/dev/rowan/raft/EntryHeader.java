package dev.rowan.raft;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;

/**
 * What stands before a proposal's bytes in the log.
 *
 * <p>An entry counts only if the term that it was meant for is the term in which a leader wrote it.
 * So once an entry of a later term is applied, a proposal of an earlier one that was not applied
 * never will be, wherever copies of it are still under way; it may be proposed again.
 *
 * @param session random, of one opening of one member
 * @param sequence from 1, without gaps in the order of a session's stream of one term
 * @param term for which it was meant
 */
record EntryHeader(long session, long sequence, long term) {
  static final int BYTES = 1 + 3 * Long.BYTES;

  /** Of the header; another makes an older Rowan stop rather than misread the log. */
  private static final byte VERSION = 1;

  /** The header and the entry, as they stand in the log. */
  Payload before(ByteString entry) {
    ByteBuffer head = ByteBuffer.allocate(BYTES);
    head.put(VERSION).putLong(session).putLong(sequence).putLong(term).flip();
    Payload body = Payload.ofBytes(head);
    for (ByteBuffer piece : entry.asReadOnlyByteBufferList()) {
      body = body.then(Payload.ofBytes(piece));
    }
    return body;
  }

  /** Takes the header off the front of a buffer. */
  static EntryHeader take(ByteBuffer bytes) {
    if (bytes.remaining() < BYTES || bytes.get() != VERSION) {
      throw new IllegalStateException("the log has an entry of another version of Rowan");
    }
    return new EntryHeader(bytes.getLong(), bytes.getLong(), bytes.getLong());
  }

  /** What is left of a buffer, not copied. */
  static ByteString rest(ByteBuffer bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }
}
