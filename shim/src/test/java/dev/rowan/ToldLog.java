package dev.rowan;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.RevisionLog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A log that several instances of this process share, each through an access of its own, and of
 * whose appends each is told at once; unless a test keeps it from reading what others appended.
 */
final class ToldLog {
  private static final Set<String> CHANGES = Set.of("append", "prune", "idle", "defragment");

  private final RevisionLog log;
  private long position;

  ToldLog(RevisionLog log) {
    this.log = log;
  }

  /** After the last append. */
  synchronized long position() {
    return position;
  }

  /** One instance's access. */
  final class Access {
    /** Batches that this instance appended. */
    final AtomicInteger appends = new AtomicInteger();

    private boolean held;
    private long told;

    /** From now on it doesn't read what others append. */
    void hold() {
      synchronized (ToldLog.this) {
        held = true;
      }
    }

    void release() {
      synchronized (ToldLog.this) {
        held = false;
        ToldLog.this.notifyAll();
      }
    }

    RevisionLog log() {
      return (RevisionLog)
          Proxy.newProxyInstance(
              RevisionLog.class.getClassLoader(),
              new Class<?>[] {RevisionLog.class},
              (proxy, method, arguments) -> {
                try {
                  return switch (method.getName()) {
                    case "shared" -> true;
                    case "awaitAppend" -> awaitAppend((Duration) arguments[0]);
                    case "interrupt", "close" -> null;
                    default -> {
                      if (method.getName().equals("changesSince")) {
                        awaitRelease();
                      }
                      if (!CHANGES.contains(method.getName())) {
                        yield method.invoke(log, arguments);
                      }
                      synchronized (ToldLog.this) {
                        Object done = method.invoke(log, arguments);
                        if (method.getName().equals("append")) {
                          appended((Batch) arguments[0]);
                        }
                        yield done;
                      }
                    }
                  };
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    private void appended(Batch batch) {
      appends.incrementAndGet();
      position = batch.expectedPosition() + 1;
      ToldLog.this.notifyAll();
    }

    private void awaitRelease() throws InterruptedException {
      synchronized (ToldLog.this) {
        while (held) {
          ToldLog.this.wait();
        }
      }
    }

    private long awaitAppend(Duration atMost) throws InterruptedException {
      long deadline = System.nanoTime() + atMost.toNanos();
      synchronized (ToldLog.this) {
        for (long left = atMost.toMillis();
            position <= told && left > 0;
            left = (deadline - System.nanoTime()) / 1_000_000) {
          ToldLog.this.wait(left);
        }
        if (position <= told) {
          return RevisionLog.NOTHING_TOLD;
        }
        told = position;
        return position;
      }
    }
  }
}
