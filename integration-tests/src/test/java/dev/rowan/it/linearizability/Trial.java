package dev.rowan.it.linearizability;

import com.google.protobuf.Message;
import dev.rowan.it.Client;
import dev.rowan.it.conformance.Requests;
import dev.rowan.it.linearizability.Operation.Answered;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One history: clients, watchers and faults for a while, then an end at which everything must have
 * become right. What it was is judged by {@link Verdict}. Used once, by one thread.
 */
final class Trial {
  private static final int CALLERS = 9;

  /** Random watchers in a trial; each keeps all that it was told. */
  private static final int WATCHES_MAX = 60;

  private static final int RESPONSES_MAX = 3000;
  private static final Duration SETTLED_MAX = Duration.ofSeconds(60);

  /** So much later at most each fault has happened once, if it is asked for. */
  private static final Duration THROUGH_MAX = Duration.ofMinutes(5);

  /** Fewer answers, per second on the average, prove nothing. */
  private static final int ANSWERS_PER_SECOND_MIN = 2;

  /** Revisions that stay when the history is compacted. */
  private static final int KEPT_REVISIONS_MAX = 3000;

  private static final WatchCreateRequest EVERYTHING =
      Requests.watch(Requests.OPEN, Requests.OPEN)
          .setStartRevision(Log.FIRST_REVISION + 1)
          .setPrevKv(true)
          .build();

  private final Subject subject;
  private final SplittableRandom random;
  private final boolean compacting;
  private final Journal journal = new Journal();
  private final Leases leases = new Leases();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Watch> watches = new ArrayList<>();
  private final List<Future<?>> watching = new ArrayList<>();

  /**
   * A trial that has not begun.
   *
   * @param compacting whether the history is compacted now and then
   */
  Trial(Subject subject, SplittableRandom random, boolean compacting) {
    this.subject = subject;
    this.random = random;
    this.compacting = compacting;
  }

  /**
   * Runs it to its end; returns what is wrong.
   *
   * @param time so long at least
   * @param eachFault whether each fault is to happen once at least
   */
  List<String> run(Duration time, boolean eachFault)
      throws InterruptedException, ExecutionException {
    long began = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        disturb(threads, time, eachFault);
        end();
      } finally {
        stop.countDown();
        watches.forEach(watch -> watch.finish(0));
      }
    }
    List<String> findings = verdict();
    findings.addAll(idle(Duration.ofNanos(System.nanoTime() - began)));
    return findings;
  }

  /** What is wrong if too little happened. */
  private List<String> idle(Duration took) {
    long answered =
        journal.operations().stream().filter(one -> one.outcome() instanceof Answered).count();
    return answered >= took.toSeconds() * ANSWERS_PER_SECOND_MIN
        ? List.of()
        : List.of("%d answers in %s are too few to judge".formatted(answered, took));
  }

  private void disturb(ExecutorService threads, Duration time, boolean eachFault)
      throws InterruptedException, ExecutionException {
    List<Future<?>> calling = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Caller caller = caller("c" + i);
      calling.add(threads.submit(() -> callUntilStopped(caller)));
    }
    for (int i = 0; i < subject.instances().size(); i++) {
      watch(threads, "follower " + i, i, EVERYTHING, Integer.MAX_VALUE);
    }
    Trouble trouble = new Trouble(subject, random.split());
    Future<Integer> faults = threads.submit(() -> trouble.run(stop));
    long began = System.nanoTime();
    Duration took = Duration.ZERO;
    while ((took.compareTo(time) < 0 || (eachFault && !trouble.isThrough()))
        && took.compareTo(time.plus(THROUGH_MAX)) < 0
        && !faults.isDone()) {
      watchSomething(threads);
      compactSometimes();
      var _ = stop.await(random.nextLong(100, 1500), TimeUnit.MILLISECONDS);
      took = Duration.ofNanos(System.nanoTime() - began);
    }
    stop.countDown();
    System.out.println(faults.get() + " faults");
    if (eachFault && !trouble.isThrough()) {
      throw new AssertionError("not all faults happened in " + took);
    }
    for (Future<?> one : calling) {
      one.get();
    }
  }

  /** All that clients did, for a look at what was wrong. */
  List<Operation> operations() {
    return journal.operations();
  }

  private Caller caller(String name) {
    return new Caller(name, subject.instances(), random.split(), leases, journal);
  }

  private void callUntilStopped(Caller caller) {
    try (caller) {
      caller.run(stop);
    }
  }

  private void watch(
      ExecutorService threads,
      String name,
      int instance,
      WatchCreateRequest request,
      int responsesMax) {
    Watch watch =
        new Watch(name, subject.instances(), instance, random.split(), request, responsesMax);
    watches.add(watch);
    watching.add(threads.submit(watch));
  }

  private void watchSomething(ExecutorService threads) {
    if (watches.size() < WATCHES_MAX) {
      long oldest = Math.max(Log.FIRST_REVISION + 1, journal.compacted());
      watch(
          threads,
          "watcher " + watches.size(),
          random.nextInt(subject.instances().size()),
          RequestMaker.watch(random, oldest, Math.max(oldest, journal.revision())),
          random.nextInt(2, RESPONSES_MAX));
    }
  }

  private void compactSometimes() {
    long revision = journal.revision() - random.nextLong(KEPT_REVISIONS_MAX);
    if (!compacting || revision <= journal.compacted() || random.nextInt(3) > 0) {
      return;
    }
    journal.compacts(revision);
    Instance instance = subject.instances().get(random.nextInt(subject.instances().size()));
    CompactionRequest request =
        CompactionRequest.newBuilder()
            .setRevision(revision)
            .setPhysical(random.nextBoolean())
            .build();
    try (Client client = instance.client()) {
      var _ = client.kv().withDeadlineAfter(2, TimeUnit.SECONDS).compact(request);
    } catch (StatusRuntimeException e) {
      System.out.println("compaction: " + e.getStatus());
    }
  }

  /**
   * When all is well again, each instance writes, which ends what it still had to do, and reads
   * all; every watcher must come to the last of these revisions.
   */
  private void end() throws InterruptedException, ExecutionException {
    try (Caller caller = caller("end")) {
      for (int i = 0; i < subject.instances().size(); i++) {
        insist(caller, i, Requests.put("end", "at " + i).build());
      }
      for (int i = 0; i < subject.instances().size(); i++) {
        insist(caller, i, Requests.all().build());
      }
    }
    watches.forEach(watch -> watch.finish(journal.revision()));
    for (Future<?> one : watching) {
      one.get();
    }
  }

  private void insist(Caller caller, int instance, Message request) {
    long deadline = System.nanoTime() + SETTLED_MAX.toNanos();
    Optional<Message> answer = caller.ask(instance, request);
    while (answer.isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(subject.instances().get(instance) + " does not recover");
      }
      answer = caller.ask(instance, request);
    }
  }

  private List<String> verdict() throws InterruptedException, ExecutionException {
    Watch log =
        new Watch(
            "log",
            subject.instances(),
            0,
            random.split(),
            EVERYTHING.toBuilder()
                .setStartRevision(Math.max(Log.FIRST_REVISION + 1, journal.compacted()))
                .build(),
            Integer.MAX_VALUE);
    log.finish(journal.revision());
    log.run();
    watches.addFirst(log);
    List<String> findings = new ArrayList<>();
    watches.forEach(watch -> findings.addAll(watch.findings()));
    List<WatchRecord> records =
        watches.stream().flatMap(watch -> watch.records().stream()).toList();
    findings.addAll(Verdict.of(journal, records));
    findings.addAll(LastLeases.check(subject, leases));
    findings.addAll(LastHashes.check(subject, journal.revision()));
    for (Instance instance : subject.instances()) {
      if (!instance.isAlive()) {
        findings.add(instance + " has ended by itself");
      }
    }
    return findings;
  }
}
