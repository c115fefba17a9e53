package dev.rowan;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A task that may block, for the timer, which may not: each run hands it to another thread, unless
 * it is still under way there or there is no room. Any thread.
 */
final class OneAtATime implements Runnable {
  private final Executor executor;
  private final Runnable task;
  private final AtomicBoolean running = new AtomicBoolean();

  OneAtATime(Executor executor, Runnable task) {
    this.executor = executor;
    this.task = task;
  }

  @Override
  public void run() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(this::runNow);
    } catch (RejectedExecutionException e) {
      running.set(false);
    }
  }

  private void runNow() {
    try {
      task.run();
    } finally {
      running.set(false);
    }
  }
}
