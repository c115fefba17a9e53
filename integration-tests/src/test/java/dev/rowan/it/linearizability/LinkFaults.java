package dev.rowan.it.linearizability;

import dev.rowan.it.linearizability.Flow.Mode;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** What happens to the network between the members of a quorum. */
final class LinkFaults {
  private final Quorum quorum;
  private final Network network;

  private LinkFaults(Quorum quorum) {
    this.quorum = quorum;
    this.network = quorum.network();
  }

  static List<Fault> of(Quorum quorum) {
    LinkFaults faults = new LinkFaults(quorum);
    IntSupplier leader = quorum::leader;
    IntSupplier follower = quorum::follower;
    return List.of(
        faults.one("the leader is cut off", leader, faults::cutOff),
        faults.one("a follower is cut off", follower, faults::cutOff),
        faults.one("the leader hears nobody", leader, faults::deafen),
        faults.one("a follower hears nobody", follower, faults::deafen),
        faults.one("nobody hears the leader", leader, faults::mute),
        faults.one("nobody hears a follower", follower, faults::mute),
        faults.two("leader and follower are apart", true, true),
        faults.two("a follower doesn't hear the leader", true, false),
        faults.two("the leader doesn't hear a follower", false, true),
        faults.one("the leader is slow", leader, member -> faults.both(member, Mode.DELAY)),
        faults.one("a follower is flaky", follower, member -> faults.both(member, Mode.FLAKY)),
        faults.all("all are flaky", Mode.FLAKY),
        faults.all("all are apart", Mode.HOLD),
        faults.all("all are slow", Mode.DELAY),
        Fault.at("all connections are cut", faults.network::cut));
  }

  private void cutOff(int member) {
    both(member, Mode.HOLD);
  }

  private void both(int member, Mode mode) {
    network.setOut(member, mode);
    network.setIn(member, mode);
  }

  private void deafen(int member) {
    network.setIn(member, Mode.HOLD);
  }

  private void mute(int member) {
    network.setOut(member, Mode.HOLD);
  }

  private void heal() {
    network.setAll(Mode.PASS);
  }

  private Fault one(String name, IntSupplier which, IntConsumer what) {
    return Fault.of(
        name,
        () -> {
          int member = which.getAsInt();
          return new Fault("member " + member, () -> what.accept(member), this::heal)
              .sparing(quorum.others(member));
        });
  }

  /** Two don't hear each other, or one of them not the other; both hear the third. */
  private Fault two(String name, boolean fromLeader, boolean toLeader) {
    return Fault.of(
        name,
        () -> {
          int leader = quorum.leader();
          int follower = quorum.follower();
          Runnable begin =
              () -> {
                network.set(leader, follower, fromLeader ? Mode.HOLD : Mode.PASS);
                network.set(follower, leader, toLeader ? Mode.HOLD : Mode.PASS);
              };
          Instance third = quorum.instance(quorum.third(leader, follower));
          return new Fault(leader + " and " + follower, begin, this::heal).sparing(List.of(third));
        });
  }

  private Fault all(String name, Mode mode) {
    return new Fault(name, () -> network.setAll(mode), this::heal);
  }
}
