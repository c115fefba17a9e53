package dev.rowan.it.linearizability;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes one fault by chance after the other, each for a while, and waits after each until every
 * instance answers again by itself. One thread's.
 */
final class Trouble {
  private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);
  private static final long HOLD_MILLIS_MAX = 4000;

  /** Now and then a fault outlasts what a server waits for (7 s). */
  private static final long LONG_HOLD_MILLIS = 9000;

  private final Subject subject;
  private final SplittableRandom random;

  Trouble(Subject subject, SplittableRandom random) {
    this.subject = subject;
    this.random = random;
  }

  /** Goes on until told to stop; then everything is right again. Returns how many there were. */
  int run(CountDownLatch stop) throws InterruptedException {
    int count = 0;
    while (!stop.await(random.nextLong(200, 1500), TimeUnit.MILLISECONDS)) {
      Fault fault = subject.faults().get(random.nextInt(subject.faults().size()));
      long hold = random.nextInt(12) == 0 ? LONG_HOLD_MILLIS : random.nextLong(50, HOLD_MILLIS_MAX);
      System.out.println(fault.name() + " for " + hold + " ms");
      fault.begin().run();
      count++;
      try {
        var _ = stop.await(hold, TimeUnit.MILLISECONDS);
      } finally {
        fault.end().run();
      }
      if (stop.getCount() > 0) {
        awaitRecovery(fault);
      }
    }
    return count;
  }

  private void awaitRecovery(Fault fault) {
    List<Long> before = subject.instances().stream().map(Instance::answered).toList();
    for (Instance instance : subject.instances()) {
      long more = before.get(subject.instances().indexOf(instance));
      await(instance + " after " + fault.name())
          .atMost(RECOVERY_MAX)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> instance.answered() > more);
    }
  }
}
