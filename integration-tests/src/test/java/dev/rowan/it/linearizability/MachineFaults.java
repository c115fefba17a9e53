package dev.rowan.it.linearizability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.AgentJar;
import dev.rowan.it.Server;
import dev.rowan.it.agent.Dials;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What happens to the machines that the members of a quorum run on: their clocks jump, by more than
 * any lease lasts, and their disks become slow.
 */
final class MachineFaults {
  /** Longer than the leases of a history. */
  private static final Duration JUMP = Duration.ofDays(30);

  /** Far less than it jumps; more than an answer takes. */
  private static final Duration EXACT = Duration.ofMinutes(2);

  private static final Duration FORCE = Duration.ofMillis(300);
  private static final Duration COMMIT = Duration.ofMillis(20);

  /** Longer than an election timeout. */
  private static final Duration HANG = Duration.ofSeconds(3);

  /** Within which whoever is slow is asked to write something. */
  private static final Duration FORCED_MAX = Duration.ofSeconds(20);

  private final Path folder = Server.newFolder("dials");
  private final List<Dials> dials =
      Stream.of("0", "1", "2").map(name -> Dials.open(folder.resolve(name))).toList();
  private final Quorum quorum;

  /** Members on good machines. */
  MachineFaults(String... flags) {
    quorum =
        Quorum.of((seat, cluster, state) ->
            Quorum.rowan(
                AgentJar.flags(folder.resolve(Integer.toString(seat.number()))),
                seat,
                cluster,
                state,
                flags));
  }

  Quorum quorum() {
    return quorum;
  }

  List<Fault> list() {
    IntSupplier leader = quorum::leader;
    IntSupplier follower = quorum::follower;
    return List.of(
        clocks("the leader's clock jumps ahead", only(leader, JUMP)),
        clocks("the leader's clock jumps back", only(leader, JUMP.negated())),
        clocks("a follower's clock jumps ahead", only(follower, JUMP)),
        clocks("all clocks jump apart", () -> number -> JUMP.multipliedBy(number - 1L)),
        disks("the leader's disk is slow", FORCE, leader),
        disks("a follower's disk is slow", FORCE, follower),
        disks("the leader's disk hangs", HANG, leader),
        allDisks());
  }

  /** Which member's clock is how far off. */
  private interface Offsets {
    IntFunction<Duration> choose();
  }

  private static Offsets only(IntSupplier which, Duration offset) {
    return () -> {
      int member = which.getAsInt();
      return number -> number == member ? offset : Duration.ZERO;
    };
  }

  /** Nobody is harmed by it. */
  private Fault clocks(String name, Offsets offsets) {
    return Fault.of(
        name,
        () -> {
          IntFunction<Duration> chosen = offsets.choose();
          return new Fault(
                  IntStream.range(0, dials.size()).mapToObj(chosen).toList().toString(),
                  () -> set(chosen),
                  () -> each(one -> one.clock(Duration.ZERO)))
              .sparing(quorum.instances());
        });
  }

  private void set(IntFunction<Duration> offsets) {
    for (int i = 0; i < dials.size(); i++) {
      dials.get(i).clock(offsets.apply(i));
      Instant expected = Instant.now().plus(offsets.apply(i));
      assertThat(quorum.instance(i).date())
          .as("the time at " + quorum.instance(i))
          .isBetween(expected.minus(EXACT), expected.plus(EXACT));
    }
  }

  private Fault disks(String name, Duration force, IntSupplier which) {
    return Fault.of(
        name,
        () -> {
          int member = which.getAsInt();
          Dials slow = dials.get(member);
          long before = slow.forces();
          return new Fault(
                  "member " + member,
                  () -> slow.disk(force, COMMIT),
                  () -> {
                    await(name).atMost(FORCED_MAX).until(() -> slow.forces() > before);
                    slow.disk(Duration.ZERO, Duration.ZERO);
                  })
              .sparing(quorum.others(member));
        });
  }

  private Fault allDisks() {
    return new Fault(
        "all disks are slow",
        () -> each(one -> one.disk(FORCE, COMMIT)),
        () -> each(one -> one.disk(Duration.ZERO, Duration.ZERO)),
        quorum::instances);
  }

  /** Makes disks so slow that each fsync takes so much longer. */
  void slowDown(Duration force, List<Instance> members) {
    for (Instance member : members) {
      dials.get(quorum.instances().indexOf(member)).disk(force, Duration.ZERO);
    }
  }

  private void each(Consumer<Dials> turn) {
    dials.forEach(turn);
  }
}
