package dev.rowan.dialects;

import java.util.concurrent.atomic.AtomicInteger;

/** Runs something again and again on a thread of its own until it is closed. */
public final class Repeating implements AutoCloseable {
  private final AtomicInteger runs = new AtomicInteger();
  private final Thread thread;
  private volatile boolean closed;

  /** What is run. */
  public interface Step {
    void run() throws Exception;
  }

  public Repeating(Step step) {
    thread =
        Thread.ofPlatform()
            .start(() -> {
              while (!closed) {
                try {
                  step.run();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
                runs.incrementAndGet();
              }
            });
  }

  public int runs() {
    return runs.get();
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
