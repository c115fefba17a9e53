package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Free ports of the loopback address: from below those that the system gives to clients, and for
 * each JVM that tests run in from a range of its own, so that none is given to two. A JVM has its
 * range by a lock on a file that all on this machine know.
 */
public final class Ports {
  private static final int FIRST = 12_000;
  private static final int RANGE = 2_500;
  private static final int RANGES = 8;
  private static final Path LOCKS =
      Path.of(
          System.getProperty("java.io.tmpdir"),
          "rowan-test-ports-" + System.getProperty("user.name"));

  private static final Claim CLAIM = claim();
  private static final int START = FIRST + RANGE * CLAIM.range();
  private static final AtomicInteger TAKEN =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 37 % RANGE));

  private Ports() {}

  /** A range, and the lock that keeps it: a lock that nobody refers to is given up. */
  private record Claim(int range, FileLock lock) {}

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

  /** A range that no other process has; it is this one's until it ends. */
  private static Claim claim() {
    try {
      Files.createDirectories(LOCKS);
      for (int range = 0; range < RANGES; range++) {
        FileChannel channel =
            FileChannel.open(
                LOCKS.resolve(Integer.toString(range)),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return new Claim(range, lock);
        }
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("more than " + RANGES + " processes test here: " + LOCKS);
  }
}
