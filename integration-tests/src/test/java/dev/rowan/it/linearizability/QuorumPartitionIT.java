package dev.rowan.it.linearizability;

/** Three members of a quorum that lose each other: all of them, one of them, one direction. */
final class QuorumPartitionIT extends LinearizabilityContract {
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
    return quorum.subject(LinkFaults.of(quorum));
  }
}
