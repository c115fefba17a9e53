package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;

/**
 * What travels between members: 4 bytes with the length of the rest, 1 of kind, 8 of the call's
 * number, and a body. A reply carries its call's number; one-way kinds have none.
 */
final class Frame {
  /** The first of a connection: magic, cluster, who calls, who is called. */
  static final byte HELLO = 1;

  static final byte VOTE = 2;
  static final byte APPEND = 3;
  static final byte SNAPSHOT_NOTICE = 4;
  static final byte ELECT = 5;

  /** One-way: a proposer's stream of a term begins at a sequence number. */
  static final byte STREAM = 6;

  /** One-way: an entry, behind its header. */
  static final byte PROPOSE = 7;

  static final byte READ_INDEX = 8;

  /** Whether the called one is in this term still, under the caller. */
  static final byte CONFIRM = 9;

  static final byte CHANGE = 10;
  static final byte PING = 11;
  static final byte SNAPSHOT_OPEN = 12;
  static final byte SNAPSHOT_READ = 13;

  /** Whether the caller is a member still. */
  static final byte MEMBER = 14;

  /** What the application asks. */
  static final byte CALL = 15;

  /** Before HELLO, or instead of it: who the called one is. */
  static final byte DISCOVER = 16;

  /** Whether the leader of a term is gone for the called one too. */
  static final byte GONE = 17;

  static final byte REPLY = 20;

  /** A reply too: a code and a text. */
  static final byte ERROR = 21;

  /** One-way, from the leader: of the stream with this call's number nothing more was taken. */
  static final byte REFUSED = 22;

  /** A part of a reply that is longer than a frame may be; the others follow, the last a REPLY. */
  static final byte PART = 23;

  /** Protocol and version. A change of the frames or of their bodies makes another. */
  static final long MAGIC = 0x524F_5741_4E52_0001L;

  private static final int HEAD_BYTES = 1 + Long.BYTES;

  private Frame() {}

  /** Refuses longer frames before they are read. */
  static LengthFieldBasedFrameDecoder decoder(int bytesMax) {
    return new LengthFieldBasedFrameDecoder(bytesMax, 0, Integer.BYTES, 0, Integer.BYTES);
  }

  /** Bytes of a body that fit into a frame. */
  static int bodyBytesMax(int frameBytesMax) {
    return frameBytesMax - Integer.BYTES - HEAD_BYTES;
  }

  static ByteBuf encode(ByteBufAllocator allocator, byte kind, long call, Payload body) {
    int size = HEAD_BYTES + body.size();
    ByteBuf frame = allocator.ioBuffer(Integer.BYTES + size);
    frame.writeInt(size).writeByte(kind).writeLong(call);
    body.write(frame);
    return frame;
  }
}
