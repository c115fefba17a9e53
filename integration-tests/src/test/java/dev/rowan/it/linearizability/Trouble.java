package dev.rowan.it.linearizability;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes one fault after the other, each for a while: all of them in an order by chance, then again
 * in another. Waits during each until those answer whom it doesn't harm, and after each until every
 * instance answers again by itself. One thread's.
 */
final class Trouble {
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);
  private static final long HOLD_MILLIS_MAX = 4000;

  /** The first time, so that all have their turn soon. */
  private static final long FIRST_HOLD_MILLIS_MAX = 1500;

  /** Now and then a fault outlasts what a server waits for (7 s). */
  private static final long LONG_HOLD_MILLIS = 9000;

  private final Subject subject;
  private final SplittableRandom random;
  private final CountDownLatch through = new CountDownLatch(1);

  Trouble(Subject subject, SplittableRandom random) {
    this.subject = subject;
    this.random = random;
  }

  /** Goes on until told to stop; then everything is right again. Returns how many there were. */
  int run(CountDownLatch stop) throws InterruptedException {
    int count = 0;
    List<Fault> next = new ArrayList<>();
    while (!stop.await(random.nextLong(100, 1000), TimeUnit.MILLISECONDS)) {
      if (next.isEmpty()) {
        next.addAll(subject.faults());
        Collections.shuffle(next, Random.from(random));
      }
      make(next.removeLast(), hold(), stop);
      if (++count == subject.faults().size()) {
        through.countDown();
      }
    }
    return count;
  }

  /** Whether each fault has happened once. */
  boolean isThrough() {
    return through.getCount() == 0;
  }

  private long hold() {
    if (through.getCount() > 0) {
      return random.nextLong(50, FIRST_HOLD_MILLIS_MAX);
    }
    return random.nextInt(12) == 0 ? LONG_HOLD_MILLIS : random.nextLong(50, HOLD_MILLIS_MAX);
  }

  private void make(Fault fault, long hold, CountDownLatch stop) throws InterruptedException {
    System.out.println(fault.name() + " for " + hold + " ms");
    fault.begin().run();
    try {
      awaitAnswers(fault.unharmed().get(), "during " + fault.name(), stop);
      var _ = stop.await(hold, TimeUnit.MILLISECONDS);
    } finally {
      fault.end().run();
    }
    awaitAnswers(subject.instances(), "after " + fault.name(), stop);
  }

  private static void awaitAnswers(List<Instance> instances, String when, CountDownLatch stop) {
    List<Long> before = instances.stream().map(Instance::answered).toList();
    for (Instance instance : instances) {
      long more = before.get(instances.indexOf(instance));
      await(instance + " " + when)
          .atMost(RECOVERY_MAX)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> instance.answered() > more || stop.getCount() == 0);
    }
  }
}
