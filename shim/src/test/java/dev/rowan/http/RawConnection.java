package dev.rowan.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection on which a test says what it likes, and sees what comes to the byte. */
public final class RawConnection implements AutoCloseable {
  /** Far more than an answer takes on a busy machine. */
  private static final int READ_MILLIS_MAX = 20_000;

  private final Socket socket;
  private final InputStream in;

  /** Connects to a port of this machine. */
  public RawConnection(InetSocketAddress address) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort());
    socket.setSoTimeout(READ_MILLIS_MAX);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a text as it is. */
  public RawConnection send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  /** Reads until what came ends so, and returns all of it. */
  public String readUntil(String end) throws IOException {
    StringBuilder text = new StringBuilder();
    char last = end.charAt(end.length() - 1);
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("the end of the connection instead of \"" + end + "\": " + text);
      }
      text.append((char) b);
      int start = text.length() - end.length();
      if (b == last && start >= 0 && text.indexOf(end, start) == start) {
        return text.toString();
      }
    }
  }

  /** Reads until the other side closes. */
  public String readAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
