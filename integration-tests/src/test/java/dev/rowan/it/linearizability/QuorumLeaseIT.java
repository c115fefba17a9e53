package dev.rowan.it.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * L-8: no lease ends early while the members of a quorum fail, lose each other or have wrong
 * clocks; and each ends. {@code -Drowan.linearizability.seconds} sets for how long.
 */
@EnabledIfSystemProperty(named = "rowan.quorum.all", matches = "true")
final class QuorumLeaseIT {
  private static final int LESSEES = 6;
  private static final int USUAL_SECONDS = 15;

  @Test
  void noLeaseEndsEarlyAndEachEnds() throws InterruptedException, ExecutionException {
    long seed = Long.getLong("rowan.linearizability.seed", System.nanoTime());
    Duration time =
        Duration.ofSeconds(Integer.getInteger("rowan.linearizability.seconds", USUAL_SECONDS));
    System.out.println("seed: -Drowan.linearizability.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    MachineFaults machines = new MachineFaults();
    List<Fault> faults = new ArrayList<>(machines.list());
    faults.addAll(ProcessFaults.of(machines.quorum()));
    faults.addAll(LinkFaults.of(machines.quorum()));
    try (Subject subject = machines.quorum().subject(faults)) {
      check(subject, random, time);
    }
  }

  private static void check(Subject subject, SplittableRandom random, Duration time)
      throws InterruptedException, ExecutionException {
    List<Lessee> lessees = new ArrayList<>();
    CountDownLatch stop = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < LESSEES; i++) {
        Lessee lessee = new Lessee(subject.instances(), random.split(), 1 + i * 1_000_000L);
        lessees.add(lessee);
        running.add(threads.submit(() -> lessee.run(stop)));
      }
      Trouble trouble = new Trouble(subject, random.split());
      Future<Integer> troubles = threads.submit(() -> trouble.run(stop));
      try {
        troubles.get(time.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // It goes on until it is told to stop.
      } finally {
        stop.countDown();
      }
      System.out.println(troubles.get() + " faults");
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      lessees.forEach(Lessee::close);
    }
    judge(lessees);
  }

  private static void judge(List<Lessee> lessees) {
    int ended = lessees.stream().mapToInt(Lessee::ended).sum();
    int renewed = lessees.stream().mapToInt(Lessee::renewed).sum();
    System.out.println(ended + " leases ended, after " + renewed + " renewals");
    assertThat(lessees).flatMap(Lessee::findings).isEmpty();
    assertThat(lessees).allMatch(lessee -> lessee.ended() > 0);
    assertThat(renewed).isPositive();
  }
}
