package dev.rowan.raft;

/** Is told who leads, on the member's timer thread: in order, but it may miss short terms. */
@FunctionalInterface
public interface LeadershipListener {

  /**
   * Another leader, or another term.
   *
   * @param leaderId 0 while there is none, or none known
   */
  void changed(long term, long leaderId);
}
