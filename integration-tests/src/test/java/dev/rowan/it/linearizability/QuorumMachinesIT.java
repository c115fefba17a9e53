package dev.rowan.it.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.conformance.Requests;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Three members of a quorum, whose clocks jump, and whose disks are slow. */
@EnabledIfSystemProperty(named = "rowan.quorum.all", matches = "true")
final class QuorumMachinesIT extends LinearizabilityContract {
  private static final Duration SLOW = Duration.ofSeconds(1);

  @Override
  int usualSeconds() {
    return 10;
  }

  @Override
  boolean eachFault() {
    return true;
  }

  @Override
  Subject start() {
    MachineFaults faults = new MachineFaults(FLAGS);
    return faults.quorum().subject(faults.list());
  }

  /** Of two slow disks of three, every majority has one. */
  @Test
  void writeIsAnsweredOnceAMajorityHasItOnDisk() {
    MachineFaults machines = new MachineFaults();
    try (Quorum quorum = machines.quorum();
        Client client = quorum.instance(quorum.follower()).client()) {
      for (int fast = 0; fast < quorum.instances().size(); fast++) {
        machines.slowDown(SLOW, quorum.others(fast));
        long asked = System.nanoTime();
        var _ = client.kv().put(Requests.put("a", "b").build());

        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isGreaterThan(SLOW);
        machines.slowDown(Duration.ZERO, quorum.instances());
      }
    }
  }
}
