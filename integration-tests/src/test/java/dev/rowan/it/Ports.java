package dev.rowan.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Free ports of the loopback address: from below those that the system gives to clients, and for
 * each JVM that tests run in from a range of its own, so that none is given to two.
 */
public final class Ports {
  private static final int FIRST = 12_000;
  private static final int RANGE = 10_000;
  private static final int RANGES = 2;
  private static final int START = FIRST + RANGE * (Integer.getInteger("rowan.fork", 1) % RANGES);
  private static final AtomicInteger TAKEN =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 37 % RANGE));

  private Ports() {}

  /** A port that nobody listened on a moment ago, and that nobody else is given soon. */
  public static int free() {
    for (int attempt = 0; attempt < RANGE; attempt++) {
      int port = START + TAKEN.getAndIncrement() % RANGE;
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port from " + START + " on");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
