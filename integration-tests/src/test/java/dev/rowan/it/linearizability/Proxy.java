package dev.rowan.it.linearizability;

import dev.rowan.it.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The network between an instance and its database: passes bytes on, late, not at all, or only one
 * way. Safe for concurrent use. Each direction of each connection is a thread.
 */
final class Proxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final int target;
  private final ServerSocket listener;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Mode mode = Mode.PASS;
  private boolean closed;

  /** What happens to bytes. */
  enum Mode {
    /** They go on. */
    PASS,
    /** They go on {@link Proxy#LATE} later. */
    DELAY,
    /** They wait, as when packets are lost and sent again. */
    HOLD,
    /** Answers are lost, and the connection with the first of them: requests do arrive. */
    LOSE_ANSWERS,
    /** Half of a request arrives, then the connection is lost. */
    LOSE_REQUESTS
  }

  /** Longer than a commit, much shorter than a request may take. */
  private static final Duration LATE = Duration.ofMillis(100);

  private Proxy(int target, ServerSocket listener) {
    this.target = target;
    this.listener = listener;
  }

  /** Two connected sockets. */
  private record Link(Socket client, Socket server) {
    void cut() {
      closeQuietly(client);
      closeQuietly(server);
    }

    private static void closeQuietly(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Listens on a free port of the loopback address, for connections to another. */
  static Proxy to(int target) {
    try {
      ServerSocket listener = new ServerSocket(Ports.free(), 50, InetAddress.getLoopbackAddress());
      Proxy proxy = new Proxy(target, listener);
      Thread.ofVirtual().name("proxy").start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /** A fault that is a mode of the network. */
  Fault fault(Mode wrong) {
    return new Fault("network " + wrong, () -> set(wrong), () -> set(Mode.PASS));
  }

  /** Cuts every connection. */
  Fault cut() {
    return Fault.at("network cut", () -> links.forEach(Link::cut));
  }

  /** How bytes are treated from now on. */
  void set(Mode next) {
    lock.lock();
    try {
      mode = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket();
        Link link = new Link(client, server);
        links.add(link);
        Thread.ofVirtual().name("proxy").start(() -> serve(link));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void serve(Link link) {
    try {
      link.server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
      link.client.setTcpNoDelay(true);
      link.server.setTcpNoDelay(true);
    } catch (IOException e) {
      end(link);
      return;
    }
    Thread.ofVirtual().name("proxy").start(() -> pump(link, false));
    pump(link, true);
  }

  private void pump(Link link, boolean requests) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream from = (requests ? link.client : link.server).getInputStream();
        OutputStream to = (requests ? link.server : link.client).getOutputStream()) {
      for (int length = from.read(buffer); length >= 0; length = from.read(buffer)) {
        Mode now = await();
        if (now == Mode.LOSE_REQUESTS && requests) {
          to.write(buffer, 0, length / 2);
          break;
        }
        if (now == Mode.LOSE_ANSWERS && !requests) {
          break;
        }
        to.write(buffer, 0, length);
      }
    } catch (IOException | InterruptedException e) {
      // One of them has left, and so does the other.
    } finally {
      end(link);
    }
  }

  private void end(Link link) {
    links.remove(link);
    link.cut();
  }

  /** Waits as long as bytes do, and says what to do with them then. */
  private Mode await() throws InterruptedException {
    lock.lock();
    try {
      long left = LATE.toNanos();
      while (mode == Mode.DELAY && left > 0) {
        left = changed.awaitNanos(left);
      }
      while (mode == Mode.HOLD && !closed) {
        changed.await();
      }
      return mode;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    links.forEach(Link::cut);
  }
}
