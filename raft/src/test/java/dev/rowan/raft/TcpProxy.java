package dev.rowan.raft;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a member that can be cut, for some of the others or for all, and joined again. */
final class TcpProxy implements AutoCloseable {
  /** In a greeting: behind length, kind, call, magic, cluster. Who only asks has none. */
  private static final int CALLER_AT = 4 + 1 + 3 * 8;

  private final ServerSocket listening;
  private final InetSocketAddress target;

  /** Who called over them. */
  private final Map<Socket, Long> open = new ConcurrentHashMap<>();

  private final Set<Long> blocked = ConcurrentHashMap.newKeySet();

  TcpProxy(InetSocketAddress target) throws IOException {
    this.target = target;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
  }

  /** Cuts the connections that these make, and takes no more of them. */
  void cut(long... callers) throws IOException {
    for (long caller : callers) {
      blocked.add(caller);
    }
    for (Map.Entry<Socket, Long> socket : open.entrySet()) {
      if (blocked.contains(socket.getValue())) {
        socket.getKey().close();
      }
    }
  }

  void join() {
    blocked.clear();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket from = listening.accept();
        Thread.ofVirtual().start(() -> connect(from));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket from) {
    try (from;
        Socket to = new Socket(target.getAddress(), target.getPort())) {
      byte[] hello = frame(new DataInputStream(from.getInputStream()));
      long caller = hello.length > CALLER_AT ? ByteBuffer.wrap(hello).getLong(CALLER_AT) : 0;
      open.put(from, caller);
      if (!blocked.contains(caller)) {
        to.getOutputStream().write(hello);
        Thread back = Thread.ofVirtual().start(() -> pump(to, from));
        pump(from, to);
        back.join();
      }
    } catch (IOException e) {
      open.remove(from);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    open.remove(from);
  }

  private static byte[] frame(DataInputStream in) throws IOException {
    int size = in.readInt();
    byte[] frame = ByteBuffer.allocate(4 + size).putInt(size).array();
    in.readFully(frame, 4, size);
    return frame;
  }

  private static void pump(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // Cut, which is what it is for.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open.keySet()) {
      socket.close();
    }
  }
}
