package dev.rowan.it.linearizability;

import dev.rowan.it.Ports;
import dev.rowan.it.linearizability.Flow.Mode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The network before a server: passes bytes on as the flows of a connection say. Safe for
 * concurrent use. Each direction of each connection is a thread.
 */
final class Proxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int BACKLOG = 50;

  private final int target;
  private final ServerSocket listener;
  private final Function<Socket, Optional<Way>> ways;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  /** What the two directions of a connection are. */
  record Way(Flow requests, Flow answers) {}

  private Proxy(int target, ServerSocket listener, Function<Socket, Optional<Way>> ways) {
    this.target = target;
    this.listener = listener;
    this.ways = ways;
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

  /**
   * Listens on a free port of the loopback address, for connections to another.
   *
   * @param ways of a connection that somebody made; nothing if it is not to be
   */
  static Proxy to(int target, Function<Socket, Optional<Way>> ways) {
    try {
      ServerSocket listener =
          new ServerSocket(Ports.free(), BACKLOG, InetAddress.getLoopbackAddress());
      Proxy proxy = new Proxy(target, listener, ways);
      Thread.ofVirtual().name("proxy").start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Likewise, all connections going the same way. */
  static Proxy to(int target, Way way) {
    return to(target, _ -> Optional.of(way));
  }

  int port() {
    return listener.getLocalPort();
  }

  /** What can go wrong on one way for everybody, and with its connections. */
  List<Fault> faults(Way way) {
    return List.of(
        cut(),
        new Fault("network DELAY", () -> set(way, Mode.DELAY), () -> set(way, Mode.PASS)),
        new Fault("network HOLD", () -> set(way, Mode.HOLD), () -> set(way, Mode.PASS)),
        fault("network loses answers", way.answers(), Mode.LOSE),
        fault("network loses requests", way.requests(), Mode.HALVE));
  }

  private static void set(Way way, Mode mode) {
    way.requests().set(mode);
    way.answers().set(mode);
  }

  private static Fault fault(String name, Flow flow, Mode wrong) {
    return new Fault(name, () -> flow.set(wrong), () -> flow.set(Mode.PASS));
  }

  /** Cuts every connection. */
  Fault cut() {
    return Fault.at("network cut", this::cutAll);
  }

  void cutAll() {
    links.forEach(Link::cut);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Link link = new Link(client, new Socket());
        links.add(link);
        Thread.ofVirtual().name("proxy").start(() -> serve(link));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void serve(Link link) {
    Way way = ways.apply(link.client).orElse(null);
    if (way == null) {
      end(link);
      return;
    }
    try {
      way.requests.await();
      link.server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
      link.client.setTcpNoDelay(true);
      link.server.setTcpNoDelay(true);
    } catch (IOException | InterruptedException e) {
      end(link);
      return;
    }
    Thread.ofVirtual().name("proxy").start(() -> pump(link, link.server, link.client, way.answers));
    pump(link, link.client, link.server, way.requests);
  }

  /** That one side has left is not known to the other before bytes could be. */
  private void pump(Link link, Socket source, Socket sink, Flow flow) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream from = source.getInputStream();
      OutputStream to = sink.getOutputStream();
      for (int length = read(from, buffer); length >= 0; length = read(from, buffer)) {
        int passing = flow.pass(length);
        to.write(buffer, 0, passing);
        if (passing < length) {
          break;
        }
      }
      flow.await();
    } catch (IOException | InterruptedException e) {
      // One of them has left, and so does the other.
    } finally {
      end(link);
    }
  }

  /** A connection that was reset has ended too. */
  private static int read(InputStream from, byte[] buffer) {
    try {
      return from.read(buffer);
    } catch (IOException e) {
      return -1;
    }
  }

  private void end(Link link) {
    links.remove(link);
    link.cut();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cutAll();
  }
}
