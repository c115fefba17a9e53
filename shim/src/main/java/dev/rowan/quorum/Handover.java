package dev.rowan.quorum;

import dev.rowan.raft.PeerProgress;
import dev.rowan.raft.RaftMember;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives leadership away before the member that has it stops: to the voter that has most of the log,
 * and is there. Used by one thread.
 */
final class Handover {
  private static final Logger LOG = LoggerFactory.getLogger(Handover.class);

  /** Election timeouts for which another leader is waited for. */
  private static final int ELECTIONS_MAX = 3;

  private final RaftMember raft;
  private final Duration election;
  private final Duration atMost;
  private final Supplier<CompletableFuture<Void>> settled;

  /**
   * Makes it.
   *
   * @param election so long ago the other may have been heard of, and a third of how long it is
   *     waited for: an election by itself would take up to twice as long, and some time then
   * @param settled completed once all that the others have handed to this one is answered
   */
  Handover(RaftMember raft, Duration election, Supplier<CompletableFuture<Void>> settled) {
    this.raft = raft;
    this.settled = settled;
    this.election = election;
    atMost = election.multipliedBy(ELECTIONS_MAX);
  }

  /** Does nothing on a member that doesn't lead, or where no other is there that could. */
  void make() throws InterruptedException {
    List<Long> targets = raft.status().leader() ? targets() : List.of();
    if (!targets.isEmpty()) {
      transfer(targets);
      awaitSettled();
    }
  }

  private void transfer(List<Long> targets) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + atMost.toNanos();
    for (long target : targets) {
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0 || !raft.status().leader()) {
        return;
      }
      try {
        raft.transferLeadership(target).get(left, TimeUnit.NANOSECONDS);
        LOG.atInfo()
            .addKeyValue("to", Long.toHexString(target))
            .addKeyValue("term", raft.status().term())
            .log("handed leadership over");
        return;
      } catch (TimeoutException e) {
        LOG.atWarn()
            .addKeyValue("to", Long.toHexString(target))
            .log("handing leadership over takes longer than it is waited for");
      } catch (ExecutionException e) {
        LOG.atWarn()
            .addKeyValue("to", Long.toHexString(target))
            .addKeyValue("error", String.valueOf(e.getCause()))
            .log("leadership could not be handed over");
      }
    }
  }

  /** What this member still has under way goes through the one that leads now. */
  private void awaitSettled() throws InterruptedException {
    try {
      settled.get().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("requests of other members are left without an answer");
    }
  }

  /** The voters that answered last, those with the most entries first. */
  private List<Long> targets() {
    Set<Long> voters = raft.voters();
    return raft.progress().stream()
        .filter(progress -> voters.contains(progress.peerId()))
        .filter(progress -> progress.sinceContact().compareTo(election) < 0)
        .sorted(Comparator.comparingLong(PeerProgress::matchIndex).reversed())
        .map(PeerProgress::peerId)
        .toList();
  }
}
