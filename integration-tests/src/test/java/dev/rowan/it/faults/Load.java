package dev.rowan.it.faults;

import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntUnaryOperator;

/**
 * Concurrent writers against one server, over a few connections. Used by one thread; the writers
 * are threads of their own.
 */
final class Load implements AutoCloseable {
  private static final int WRITERS = 12;
  private static final int CONNECTIONS = 4;
  private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);

  private static final AtomicInteger LOADS = new AtomicInteger();

  private final List<Client> clients = new ArrayList<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("writer-", 0).factory());
  private final List<Future<List<Write>>> writes = new ArrayList<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(WRITERS);
  private final AtomicIntegerArray failed = new AtomicIntegerArray(WRITERS);
  private final AtomicIntegerArray full = new AtomicIntegerArray(WRITERS);
  private final boolean untilFailure;

  private Load(boolean untilFailure) {
    this.untilFailure = untilFailure;
  }

  /** Starts writers that each end at the first call of which they do not know the outcome. */
  static Load untilFailure(Server server, SplittableRandom random) {
    return new Load(true).start(server, random);
  }

  /** Starts writers that go on whatever happens, until they are stopped. */
  static Load throughFailures(Server server, SplittableRandom random) {
    return new Load(false).start(server, random);
  }

  private Load start(Server server, SplittableRandom random) {
    int load = LOADS.incrementAndGet();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(server.client());
    }
    for (int i = 0; i < WRITERS; i++) {
      int id = i;
      Writer writer = new Writer(load + "-" + id, random.split(), clients.get(id % CONNECTIONS));
      writes.add(threads.submit(() -> run(id, writer)));
    }
    return this;
  }

  private List<Write> run(int id, Writer writer) {
    List<Write> done = new ArrayList<>();
    while (stop.getCount() > 0) {
      Write write = writer.next();
      done.add(write);
      switch (write.outcome()) {
        case Write.Acknowledged ignored -> acknowledged.incrementAndGet(id);
        case Write.Unknown ignored -> {
          failed.incrementAndGet(id);
          if (untilFailure) {
            return done;
          }
        }
        case Write.Refused refused -> {
          if (untilFailure && refused.reason().startsWith("UNAVAILABLE")) {
            return done;
          }
          if (refused.reason().startsWith("RESOURCE_EXHAUSTED")) {
            full.incrementAndGet(id);
          }
        }
      }
    }
    return done;
  }

  /** Waits until so many more writes were acknowledged. */
  void awaitAcknowledged(int more) {
    int before = sum(acknowledged);
    await()
        .atMost(PROGRESS_MAX)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> sum(acknowledged) - before >= more);
  }

  /** Waits until each writer has had a write acknowledged from now on. */
  void awaitEachAcknowledged() {
    awaitEach(acknowledged::get);
  }

  /** Waits until each writer has had a call fail from now on. */
  void awaitEachFailed() {
    awaitEach(failed::get);
  }

  /** Waits until each writer has had a call refused for want of space from now on. */
  void awaitEachFull() {
    awaitEach(full::get);
  }

  /** Waits until each writer has had a call fail, or refused for want of space, from now on. */
  void awaitEachFailedOrFull() {
    awaitEach(id -> failed.get(id) + full.get(id));
  }

  private static void awaitEach(IntUnaryOperator count) {
    int[] before = new int[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
      before[i] = count.applyAsInt(i);
    }
    await()
        .atMost(PROGRESS_MAX)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> {
          for (int i = 0; i < WRITERS; i++) {
            if (count.applyAsInt(i) == before[i]) {
              return false;
            }
          }
          return true;
        });
  }

  private static int sum(AtomicIntegerArray counts) {
    int sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  /** Lets every writer finish its call, and returns what all of them did. */
  List<Write> stop() {
    stop.countDown();
    List<Write> all = new ArrayList<>();
    for (Future<List<Write>> one : writes) {
      try {
        all.addAll(one.get());
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
    return all;
  }

  @Override
  public void close() {
    stop.countDown();
    threads.close();
    clients.forEach(Client::close);
  }
}
