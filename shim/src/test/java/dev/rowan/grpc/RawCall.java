package dev.rowan.grpc;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A call with bytes in a header that no gRPC library would send: the frames are written by hand.
 */
final class RawCall {
  private static final int STREAM = 1;
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  private RawCall() {}

  /** Calls a method with one message and returns its status, as in {@code 3 text}. */
  static String status(URI url, String method, byte[] message, String header, byte[] value)
      throws Exception {
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(out, SETTINGS, 0, 0, new byte[0]);
      frame(out, HEADERS, END_HEADERS, STREAM, headers(method, header, value));
      byte[] framed =
          ByteBuffer.allocate(5 + message.length)
              .put((byte) 0)
              .putInt(message.length)
              .put(message)
              .array();
      frame(out, DATA, END_STREAM, STREAM, framed);
      out.flush();
      return status(new DataInputStream(socket.getInputStream()));
    }
  }

  private static byte[] headers(String method, String header, byte[] value) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    Map<String, String> always =
        Map.of(
            ":scheme", "http",
            ":path", "/" + method,
            ":authority", "test",
            "content-type", "application/grpc",
            "te", "trailers");
    literal(block, ":method", "POST".getBytes(StandardCharsets.US_ASCII));
    always.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(each ->
            literal(block, each.getKey(), each.getValue().getBytes(StandardCharsets.US_ASCII)));
    literal(block, header, value);
    return block.toByteArray();
  }

  /** A field that is neither indexed nor compressed; lengths below 127 take one byte. */
  private static void literal(ByteArrayOutputStream block, String name, byte[] value) {
    block.write(0);
    block.write(name.length());
    block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    block.write(value.length);
    block.writeBytes(value);
  }

  private static void frame(OutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    ByteBuffer head = ByteBuffer.allocate(9);
    head.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream);
    out.write(head.array());
    out.write(payload);
  }

  private static String status(DataInputStream in) throws Exception {
    DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    while (true) {
      int lengthAndType = in.readInt();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = in.readNBytes(lengthAndType >>> 8);
      if ((lengthAndType & 0xff) == HEADERS) {
        Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
        if ((flags & END_STREAM) != 0) {
          CharSequence text = headers.get("grpc-message");
          return headers.get("grpc-status") + (text == null ? "" : " " + text);
        }
      }
    }
  }
}
