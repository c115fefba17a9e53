package dev.rowan.it.linearizability;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntSupplier;

/** What happens to the processes of a quorum: killed or standing still, by their part in it. */
final class ProcessFaults {
  private static final int KILLS_IN_A_ROW = 2;

  private final Quorum quorum;

  private ProcessFaults(Quorum quorum) {
    this.quorum = quorum;
  }

  static List<Fault> of(Quorum quorum) {
    ProcessFaults faults = new ProcessFaults(quorum);
    return List.of(
        faults.one("kill the leader", quorum::leader, Instance::killed),
        faults.one("kill a follower", quorum::follower, Instance::killed),
        faults.one("suspend the leader", quorum::leader, Instance::suspended),
        faults.one("suspend a follower", quorum::follower, Instance::suspended),
        faults.allKilled());
  }

  private Fault one(String name, IntSupplier which, Function<Instance, Fault> what) {
    return Fault.of(
        name,
        () -> {
          int number = which.getAsInt();
          return what.apply(quorum.instance(number)).sparing(quorum.others(number));
        });
  }

  /** None of them serves before another runs. They are killed again as soon as they serve. */
  private Fault allKilled() {
    List<Fault> each = quorum.instances().stream().map(Instance::killed).toList();
    return new Fault(
        "kill all members",
        () -> {
          for (int i = 1; i < KILLS_IN_A_ROW; i++) {
            atOnce(each, Fault::begin);
            atOnce(each, Fault::end);
          }
          atOnce(each, Fault::begin);
        },
        () -> atOnce(each, Fault::end));
  }

  private static void atOnce(List<Fault> faults, Function<Fault, Runnable> what) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      faults.stream()
          .map(fault -> CompletableFuture.runAsync(what.apply(fault), threads))
          .toList()
          .forEach(CompletableFuture::join);
    }
  }
}
