package dev.rowan.raft;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a member is opened.
 *
 * @param memberId not 0; one of {@code peers} where these are given
 * @param folder of the log; made if it doesn't exist
 * @param listen for the other members
 * @param peers the first members of a new cluster, all of which name the same; empty for a member
 *     that joins one. Without meaning once the folder knows the members
 * @param tls null for plain TCP
 */
public record RaftConfig(
    long clusterId,
    long memberId,
    Path folder,
    InetSocketAddress listen,
    List<Peer> peers,
    Start start,
    Timing timing,
    Limits limits,
    @Nullable PeerTls tls) {

  /** How the folder is taken. */
  public enum Start {
    /** Begins a cluster of {@code peers}, or goes on with what the folder holds. */
    NEW,
    /** Waits to be added to a cluster, or goes on with what the folder holds. */
    JOIN,
    /**
     * Goes on with what the folder holds, as the only member: for when the others are lost. All of
     * this member's log counts as committed. They must never come back.
     */
    FORCE_NEW
  }

  public RaftConfig {
    peers = List.copyOf(peers);
    if (memberId == 0) {
      throw new IllegalArgumentException("0 is no member's id");
    }
    if (start == Start.NEW && peers.stream().noneMatch(peer -> peer.id() == memberId)) {
      throw new IllegalArgumentException("a new cluster's peers must name this member");
    }
    if (start == Start.JOIN && !peers.isEmpty()) {
      throw new IllegalArgumentException("a member that joins is told the peers by its leader");
    }
  }

  /**
   * @param heartbeat between a leader's signs of life. etcd's --heartbeat-interval
   * @param election without one for so long, up to twice as long at random, a member stands for
   *     election. etcd's --election-timeout
   * @param proposal so long a proposal, a read or a change of members may wait for a leader and for
   *     its answer
   */
  public record Timing(Duration heartbeat, Duration election, Duration proposal) {
    public static final Timing DEFAULT =
        new Timing(Duration.ofMillis(100), Duration.ofMillis(1000), Duration.ofSeconds(7));

    public Timing {
      if (heartbeat.toMillis() < 1 || election.compareTo(heartbeat.multipliedBy(5)) < 0) {
        throw new IllegalArgumentException(
            "the election timeout must be at least 5 heartbeats, not "
                + election
                + " with one of "
                + heartbeat);
      }
    }
  }

  /**
   * @param entryBytesMax of one proposal
   * @param waitingMax proposals of this member that wait, sent ones included; and as many calls
   * @param waitingBytesMax likewise in bytes
   * @param snapshotEntries the state is persisted, and the log before it dropped, after so many.
   *     etcd's --snapshot-count
   * @param catchUpEntries so many older ones stay for members that are behind. etcd's
   *     --snapshot-catchup-entries
   * @param segmentBytes of one file of the log; the log is dropped by whole files, and the newest
   *     is held in memory
   */
  public record Limits(
      int entryBytesMax,
      int waitingMax,
      long waitingBytesMax,
      int snapshotEntries,
      int catchUpEntries,
      int segmentBytes) {
    private static final int MIB = 1 << 20;
    public static final Limits DEFAULT =
        new Limits(8 * MIB, 1_000, 64L * MIB, 10_000, 5_000, 4 * MIB);

    public Limits {
      if (entryBytesMax < 1 || waitingMax < 1 || waitingBytesMax < entryBytesMax) {
        throw new IllegalArgumentException("a proposal must fit into what may wait");
      }
      if (snapshotEntries < 1 || catchUpEntries < 0 || segmentBytes < 1) {
        throw new IllegalArgumentException("limits of the log must be positive");
      }
    }
  }
}
