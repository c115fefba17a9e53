package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One member of a cluster that agrees on one order of entries. See the package for how to use it.
 *
 * <p>Any thread; nothing here waits but {@link #open} and {@link #close}. Futures are completed by
 * threads that may not wait: those of proposals by the applier, others by a timer or by
 * connections.
 */
public final class RaftMember implements AutoCloseable {
  private final RaftNode node;

  private RaftMember(RaftNode node) {
    this.node = node;
  }

  /**
   * Opens the folder, listens, and takes part. Returns once the state machine may be called, which
   * is before a leader is known.
   *
   * @param calls answers what others ask by {@link #call} and {@link #discover}
   */
  public static RaftMember open(
      RaftConfig config, RaftStateMachine machine, LeadershipListener listener, PeerCalls calls)
      throws RaftException {
    return new RaftMember(RaftNode.open(config, machine, listener, calls));
  }

  /**
   * Asks whoever listens at an address which cluster's which member it is; it need not know of a
   * leader. Waits for the answer: for who is no member yet.
   *
   * @param address host:port
   * @param tls null for plain TCP
   */
  public static Discovered discover(String address, @Nullable PeerTls tls, Duration atMost)
      throws RaftException.NotDiscovered, InterruptedException {
    return Discovery.ask(address, tls, atMost);
  }

  /**
   * Another member's state in a member's folder that this one's state machine has not taken over
   * yet: it does when the member is opened.
   */
  public static Optional<Path> received(Path folder) throws RaftException {
    try {
      return ReceivedState.latest(RaftFolder.snapshots(folder)).map(ReceivedState::file);
    } catch (IOException e) {
      throw new RaftException.NotStarted(folder + ": " + e, e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return node.address();
  }

  /**
   * Adds an entry to the order, through whichever member leads. Those of one member are applied in
   * the order in which they were proposed; each at most once.
   *
   * <p>The future is completed once this member's state machine has applied the entry, which is
   * once it is on the disks of a majority; with where that was. It fails with {@link
   * RaftException.NotProposed}, {@link RaftException.Busy} or {@link RaftException.Stopped} if the
   * entry never will be applied, and with {@link RaftException.UnknownOutcome} if it may have been
   * or may be yet. Leaders that fail meanwhile are no reason for either: within the time of {@link
   * RaftConfig.Timing} the entry goes to the next one, as soon as it is known that it is lost.
   *
   * @throws IllegalArgumentException if it is larger than an entry may be
   */
  public CompletableFuture<LogPosition> propose(ByteString entry) {
    return node.proposals().propose(entry);
  }

  /**
   * Asks for the index that this member must have applied before it may answer a read: then the
   * read sees all that was acknowledged by any member before this call.
   *
   * <p>It fails with {@link RaftException.NoLeader}, {@link RaftException.Busy} or {@link
   * RaftException.Stopped}. One call is a question to the leader, and one of the leader's to the
   * others; let the reads that wait share one.
   */
  public CompletableFuture<Long> readIndex() {
    return node.reads().ask();
  }

  /**
   * Has another member's {@link PeerCalls} carry out a request; many may be under way, and are
   * answered in any order.
   *
   * <p>It fails with {@link RaftException.NotSent}, {@link RaftException.Busy} or {@link
   * RaftException.Stopped} if it wasn't carried out and never will be, and with {@link
   * RaftException.UnknownOutcome} if it may have been or may be yet. The future is completed by a
   * thread that may not wait. Open at a time are {@link RaftConfig.Limits#waitingMax} calls, of
   * {@link RaftConfig.Limits#waitingBytesMax}.
   *
   * @param request as long as an entry may be
   * @param atMost until it fails without an answer
   * @throws IllegalArgumentException if it is longer, or for this member itself
   */
  public CompletableFuture<ByteString> call(long peerId, ByteString request, Duration atMost) {
    return node.calls().call(peerId, request, atMost);
  }

  public RaftStatus status() {
    return node.status();
  }

  /** The newest members that this member's log knows, in the order of their ids. */
  public List<Peer> peers() {
    return node.leadership().peers();
  }

  /** The ids of those of them who vote. */
  public Set<Long> voters() {
    return peers().stream()
        .filter(peer -> peer.role() == Peer.Role.VOTER)
        .map(Peer::id)
        .collect(Collectors.toSet());
  }

  /** How far the others are; empty on a member that doesn't lead. */
  public List<PeerProgress> progress() {
    return node.progress();
  }

  /** What it has counted and timed. */
  public RaftMeasures measures() {
    return node.measures();
  }

  /**
   * Makes another voter lead. It fails with {@link RaftException.ChangeRefused} if this member
   * doesn't lead or the other is no voter, with {@link RaftException.UnknownOutcome} if the other
   * doesn't lead in time.
   */
  public CompletableFuture<Void> transferLeadership(long peerId) {
    return node.changes().transfer(peerId);
  }

  /**
   * Adds a member that was opened to join and runs. The future is completed when it is up to date
   * and a voter. Like every change it may be asked of any member, and fails with {@link
   * RaftException.ChangeRefused} if nothing was changed, {@link RaftException.NoLeader} likewise,
   * or {@link RaftException.UnknownOutcome}.
   */
  public CompletableFuture<Void> addVoter(long peerId, String address) {
    return change(MemberChanges.Kind.ADD_VOTER, peerId, address);
  }

  /** Like {@link #addVoter}, without a vote. */
  public CompletableFuture<Void> addLearner(long peerId, String address) {
    return change(MemberChanges.Kind.ADD_LEARNER, peerId, address);
  }

  /** Gives a learner a vote, however far behind it is; see {@link #progress}. */
  public CompletableFuture<Void> promote(long peerId) {
    return change(MemberChanges.Kind.PROMOTE, peerId, "");
  }

  /** Removes a member, this one included; it finds out and stops. Its id must not come back. */
  public CompletableFuture<Void> remove(long peerId) {
    return change(MemberChanges.Kind.REMOVE, peerId, "");
  }

  /** Tells all members under which address the others reach one. */
  public CompletableFuture<Void> changeAddress(long peerId, String address) {
    return change(MemberChanges.Kind.MOVE, peerId, address);
  }

  private CompletableFuture<Void> change(MemberChanges.Kind kind, long peerId, String address) {
    if (!address.isEmpty()) {
      PeerAddress.parse(address);
    }
    return node.changes().make(new MemberChanges.Change(kind, peerId, address));
  }

  /** Completed once this member takes part no more, with the reason. */
  public CompletableFuture<RaftStop> stopped() {
    return node.stopped();
  }

  /** Stops taking part. The state machine is not called any more on return. */
  @Override
  public void close() {
    node.close();
  }
}
