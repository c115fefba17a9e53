package dev.rowan.it.faults;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A connection over which HTTP/1.1 is sent in pieces. Not thread-safe. */
record HttpExchange(Socket socket) implements AutoCloseable {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  static HttpExchange open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) ANSWER_MAX.toMillis());
    return new HttpExchange(socket);
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void post(String path, String json) throws IOException {
    send(request(path, json));
  }

  /**
   * Posts, and returns so many last characters of it instead of sending them. A request before it
   * comes in the same piece, so that its answer tells that the server has begun with this one.
   */
  String beginPost(int kept, String path, String json) throws IOException {
    String request = request(path, json);
    int sent = request.length() - kept;
    send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n" + request.substring(0, sent));
    readThrough("}");
    return request.substring(sent);
  }

  private static String request(String path, String json) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: a\r\nContent-Length: "
        + json.length()
        + "\r\n\r\n"
        + json;
  }

  /** Reads until a text has come, and returns all that has. */
  String readThrough(String text) throws IOException {
    StringBuilder read = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (read.indexOf(text) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("it ended after: " + read);
      }
      read.append((char) next);
    }
    return read.toString();
  }

  /** Reads until the server closes the connection. */
  String readToEnd() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
