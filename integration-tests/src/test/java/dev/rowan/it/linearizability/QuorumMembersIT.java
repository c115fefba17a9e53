package dev.rowan.it.linearizability;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A quorum whose members are replaced one after the other, the one that leads too. */
@EnabledIfSystemProperty(named = "rowan.quorum.all", matches = "true")
final class QuorumMembersIT extends LinearizabilityContract {
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
    Quorum quorum = Quorum.ofRowan(FLAGS);
    return quorum.subject(MemberFaults.of(quorum));
  }
}
