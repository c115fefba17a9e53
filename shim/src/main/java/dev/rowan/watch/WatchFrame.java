package dev.rowan.watch;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * An encoded WatchResponse, as pieces: protobuf messages concatenate, so the header and the events
 * are encoded once and shared by every watcher that they go to, and only the watch id is its own.
 */
final class WatchFrame {
  private final List<byte[]> pieces = new ArrayList<>(4);
  private int size;

  /** Appends a piece, which is shared from now on and must not change. */
  WatchFrame add(byte[] piece) {
    if (piece.length > 0) {
      pieces.add(piece);
      size += piece.length;
    }
    return this;
  }

  int size() {
    return size;
  }

  /** Hands frames to gRPC as the bytes that they are. */
  static final class Marshaller implements MethodDescriptor.Marshaller<WatchFrame> {
    @Override
    public InputStream stream(WatchFrame frame) {
      return new FrameStream(frame);
    }

    @Override
    public WatchFrame parse(InputStream stream) {
      throw new UnsupportedOperationException("a server doesn't read its own responses");
    }
  }

  /** What gRPC asks of a message: its length, and its bytes into a stream of gRPC's. */
  private static final class FrameStream extends InputStream implements KnownLength, Drainable {
    private final WatchFrame frame;
    private ByteArrayInputStream rest = new ByteArrayInputStream(new byte[0]);
    private int next;

    FrameStream(WatchFrame frame) {
      this.frame = frame;
    }

    @Override
    public int available() {
      return frame.size;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      for (byte[] piece : frame.pieces) {
        target.write(piece);
      }
      return frame.size;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int n = rest.read(target, offset, length);
      while (n < 0 && next < frame.pieces.size()) {
        rest = new ByteArrayInputStream(frame.pieces.get(next++));
        n = rest.read(target, offset, length);
      }
      return n;
    }
  }
}
