package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;

/** The body of a frame, written once its size is known. */
interface Payload {
  Payload EMPTY = ofLongs();

  int size();

  void write(ByteBuf out);

  /** One of Ratis' messages, written straight into the frame. */
  static Payload of(MessageLite message) {
    int size = message.getSerializedSize();
    return new Payload() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public void write(ByteBuf out) {
        ByteBuffer room = out.nioBuffer(out.writerIndex(), size);
        try {
          CodedOutputStream coded = CodedOutputStream.newInstance(room);
          message.writeTo(coded);
          coded.flush();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        out.writerIndex(out.writerIndex() + size);
      }
    };
  }

  static Payload ofLongs(long... values) {
    return new Payload() {
      @Override
      public int size() {
        return values.length * Long.BYTES;
      }

      @Override
      public void write(ByteBuf out) {
        for (long value : values) {
          out.writeLong(value);
        }
      }
    };
  }

  static Payload ofBytes(ByteBuffer bytes) {
    return new Payload() {
      @Override
      public int size() {
        return bytes.remaining();
      }

      @Override
      public void write(ByteBuf out) {
        out.writeBytes(bytes.duplicate());
      }
    };
  }

  static Payload ofText(String text) {
    return ofBytes(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** One after the other. */
  default Payload then(Payload next) {
    Payload first = this;
    return new Payload() {
      @Override
      public int size() {
        return first.size() + next.size();
      }

      @Override
      public void write(ByteBuf out) {
        first.write(out);
        next.write(out);
      }
    };
  }
}
