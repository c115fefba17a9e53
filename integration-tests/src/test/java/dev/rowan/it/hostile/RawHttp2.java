package dev.rowan.it.hostile;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A connection that speaks HTTP/2 as badly as it is told: it sends frames byte by byte, and reads
 * only when it is asked to. Not thread-safe.
 */
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_HEADERS = 4;
  static final int END_STREAM = 1;
  static final int ACK = 1;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int READ_MILLIS_MAX = 20_000;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;

  /** Bytes that may be sent on the connection. */
  private long window = 65_535;

  /** A frame that came. */
  record Frame(int type, int flags, int stream) {}

  RawHttp2(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(READ_MILLIS_MAX);
    out = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0);
  }

  /** Sends a frame; see {@link #flush}. */
  void frame(int type, int flags, int stream, byte... payload) throws IOException {
    int length = payload.length;
    out.write(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
    out.write(new byte[] {(byte) type, (byte) flags});
    out.write(ByteBuffer.allocate(4).putInt(stream).array());
    out.write(payload);
  }

  /** Sends the headers of a gRPC call, which stays open. */
  void call(int stream, String path) throws IOException {
    frame(HEADERS, END_HEADERS, stream, headers(path));
  }

  /** The headers of a gRPC call, without compression. */
  static byte[] headers(String path) {
    ByteBuffer block = ByteBuffer.allocate(256);
    block.put((byte) 0x83).put((byte) 0x86);
    literal(block.put((byte) 0x04), path);
    literal(block.put((byte) 0x01), "localhost");
    literal(block.put((byte) 0x0f).put((byte) 0x10), "application/grpc");
    block.put((byte) 0);
    literal(block, "te");
    literal(block, "trailers");
    byte[] bytes = new byte[block.position()];
    block.flip().get(bytes);
    return bytes;
  }

  private static void literal(ByteBuffer block, String value) {
    block.put((byte) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends data as far as the server takes it, reading what it answers to know that. */
  void data(int stream, byte[] bytes) throws IOException {
    int sent = 0;
    while (sent < bytes.length) {
      int next = Math.min(16_384, bytes.length - sent);
      while (window < next) {
        flush();
        if (read().type == GOAWAY) {
          throw new EOFException("the server ends the connection");
        }
      }
      frame(DATA, 0, stream, Arrays.copyOfRange(bytes, sent, sent + next));
      window -= next;
      sent += next;
    }
  }

  /** Sends bytes that are no frame. */
  void raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  void flush() throws IOException {
    out.flush();
  }

  /** The next frame; settings are acknowledged, and windows counted. */
  Frame read() throws IOException {
    int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("the server ended the connection");
    }
    if (type == SETTINGS && (flags & ACK) == 0) {
      frame(SETTINGS, ACK, 0);
      flush();
    }
    if (type == WINDOW_UPDATE && stream == 0) {
      window += ByteBuffer.wrap(payload).getInt();
    }
    return new Frame(type, flags, stream);
  }

  /** Reads to the end, which the server makes. */
  void readToEnd() {
    try {
      while (true) {
        var _ = read();
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the server does not end the connection", e);
    } catch (IOException ended) {
      // As expected.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
