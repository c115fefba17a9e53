package dev.rowan.cluster;

import java.util.concurrent.CompletableFuture;

/**
 * Who leads, and where this member stands, as etcd's Status, metrics and pages tell it. Any thread;
 * never waits.
 */
public interface Leadership {

  /** This member's standing at a moment. */
  Place place();

  /** Whether this member leads. */
  boolean leads();

  /** What happened since the process began. */
  Seen seen();

  /**
   * Makes another member lead (M-7). Completed once this one sees it lead; fails with the {@link
   * dev.rowan.error.EtcdException} to answer.
   */
  CompletableFuture<Void> moveTo(long memberId);

  /**
   * Where a member stands.
   *
   * @param term in which it is
   * @param leaderId 0 while no leader is known
   * @param learner whether it only learns
   * @param index up to where it knows that the order of all changes is settled
   * @param appliedIndex up to where it has carried them out; never more
   */
  record Place(long term, long leaderId, boolean learner, long index, long appliedIndex) {
    public boolean leaderKnown() {
      return leaderId != 0;
    }
  }

  /**
   * What was seen.
   *
   * @param leaderChanges times that a leader came
   * @param promotions of learners, while this member led
   */
  record Seen(long leaderChanges, long promotions) {}
}
