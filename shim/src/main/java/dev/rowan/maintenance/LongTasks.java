package dev.rowan.maintenance;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what keeps a reader busy for long, hashing the store, one task at a time: the other readers
 * are left to the clients' reads. Any thread.
 */
public final class LongTasks implements Executor {
  /** Tasks of each kind that wait at most. */
  private static final int WAITING_MAX = 100;

  private static final Logger log = LoggerFactory.getLogger(LongTasks.class);

  private final Executor readers;
  private final Queue<Runnable> urgent = new ArrayDeque<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean running;

  public LongTasks(Executor readers) {
    this.readers = readers;
  }

  /**
   * Has a task run on a reader's thread.
   *
   * @throws RejectedExecutionException if too many wait
   */
  @Override
  public void execute(Runnable task) {
    add(task, waiting);
  }

  /**
   * Has a task run before all that others asked for: what holds something up.
   *
   * @throws RejectedExecutionException if too many wait
   */
  void executeFirst(Runnable task) {
    add(task, urgent);
  }

  private synchronized void add(Runnable task, Queue<Runnable> queue) {
    if (queue.size() >= WAITING_MAX) {
      throw new RejectedExecutionException("too many long tasks wait");
    }
    if (!running) {
      readers.execute(this::runAll);
      running = true;
    }
    queue.add(task);
  }

  private void runAll() {
    for (@Nullable Runnable task = next(); task != null; task = next()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        // A worker that died would leave all that wait, and with them what they hold up.
        log.atError().setCause(e).log("a long task failed");
      }
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable task = urgent.isEmpty() ? waiting.poll() : urgent.poll();
    running = task != null;
    return task;
  }
}
