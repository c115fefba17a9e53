package dev.rowan.it.linearizability;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Three members of etcd: that nothing is found proves the faults. */
@EnabledIfSystemProperty(named = "rowan.linearizability.etcd", matches = "true")
final class EtcdQuorumLinearizabilityIT extends LinearizabilityContract {
  @Override
  int usualSeconds() {
    return 60;
  }

  @Override
  boolean eachFault() {
    return true;
  }

  @Override
  Subject start() {
    Quorum quorum = Quorum.ofEtcd(FLAGS);
    List<Fault> faults = new ArrayList<>(ProcessFaults.of(quorum));
    faults.addAll(LinkFaults.of(quorum));
    return quorum.subject(faults);
  }
}
