package dev.rowan.quorum;

import dev.rowan.StartException;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftStop;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wait of a member that was opened for the others: until there is a leader and this member has
 * what was acknowledged before. It ends without that where the member is none any more, cannot go
 * on, or is asked to stop. Used by one thread.
 */
final class Arrival {
  private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);

  private final QuorumLog log;
  private final RaftConfig raft;
  private final Bootstrap.Asking asking;

  /**
   * Makes it.
   *
   * @param asking one of the others, who the members are
   */
  Arrival(QuorumLog log, RaftConfig raft, Bootstrap.Asking asking) {
    this.log = log;
    this.raft = raft;
    this.asking = asking;
  }

  /** What a member is told that the others removed; the first half is etcd's. */
  static String removed(Path folder) {
    return "the member has been permanently removed from the cluster; its data directory "
        + folder.toAbsolutePath().getParent()
        + " is of no more use and must be deleted before a member is added in its place";
  }

  /**
   * Waits.
   *
   * @param stopAsked completed where the process is to stop
   * @throws StartException where the wait is in vain
   */
  void await(CompletableFuture<Void> stopAsked) throws StartException, InterruptedException {
    while (true) {
      try {
        CompletableFuture<Long> settled = log.member().readIndex();
        CompletableFuture.anyOf(settled, stopAsked, log.member().stopped())
            .handle((first, thrown) -> first)
            .get();
        checkNotEnded(stopAsked);
        Head _ = log.head();
        return;
      } catch (LogException e) {
        checkNotEnded(stopAsked);
        checkNotRemoved();
        LOG.atInfo().addKeyValue("reason", e.getMessage()).log("waiting for the other members");
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void checkNotEnded(CompletableFuture<Void> stopAsked) throws StartException {
    if (stopAsked.isDone()) {
      throw new StartException("asked to stop while waiting for the other members");
    }
    switch (log.member().stopped().getNow(null)) {
      case null -> {}
      case RaftStop.Removed _ -> throw new StartException(removed(raft.folder()));
      case RaftStop.Failed(Throwable cause) ->
          throw new StartException(new MemberFailure(raft.folder(), cause).toString(), cause);
      case RaftStop.Closed _ -> throw new IllegalStateException("the member was closed");
    }
  }

  /**
   * Raft asks the others as long as its newest set of members has this one. Where it hasn't, nobody
   * sends it anything any more; but as long as its vote may be needed to settle that set it goes
   * on, which is over after a wait in which the others found a leader if they could.
   */
  private void checkNotRemoved() throws StartException, InterruptedException {
    long self = raft.memberId();
    List<Peer> peers = log.member().peers();
    if (peers.stream().anyMatch(peer -> peer.id() == self)) {
      return;
    }
    for (Peer peer : peers) {
      Bootstrap.Answer answer = asking.ask(peer.address());
      if (answer != null
          && answer.clusterId() == raft.clusterId()
          && answer.members().getRemovedList().contains(self)) {
        throw new StartException(removed(raft.folder()));
      }
    }
  }
}
