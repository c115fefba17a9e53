package dev.rowan.http;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs what would hold up an event loop: a scrape of the metrics, which may ask the database, and
 * the reading and writing of large JSON. A virtual thread each; a connection has one at a time.
 */
public final class HttpThreads implements Executor, AutoCloseable {
  private final ExecutorService threads;

  private HttpThreads(ExecutorService threads) {
    this.threads = threads;
  }

  /** None yet: each starts with its task. */
  public static HttpThreads open() {
    return new HttpThreads(Executors.newVirtualThreadPerTaskExecutor());
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
