package dev.rowan.it.linearizability;

/** Three members of a quorum, whose processes are killed and stand still. */
final class QuorumLinearizabilityIT extends LinearizabilityContract {
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
    return quorum.subject(ProcessFaults.of(quorum));
  }
}
