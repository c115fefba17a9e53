package dev.rowan.raft;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * Changes of members, one at a time, made by the leader: other members send theirs to it.
 *
 * <p>Ratis first brings a new member up to date and then changes the set in two steps, with
 * majorities of both sets between them. So adding a voter never costs a quorum, but needs the new
 * member to be there: it is asked first.
 */
final class MemberChanges {
  private static final long RETRY_MILLIS = 20;

  private final RaftConfig config;
  private final Leadership leadership;
  private final RaftServer server;
  private final RaftServer.Division division;
  private final PeerLinks links;
  private final PeerThreads threads;
  private final ClientId client = ClientId.randomId();

  /** What is changed. */
  enum Kind {
    ADD_VOTER(1),
    ADD_LEARNER(2),
    PROMOTE(3),
    REMOVE(4),
    MOVE(5);

    private final long wire;

    Kind(long wire) {
      this.wire = wire;
    }

    static Kind of(long wire) throws PeerError {
      for (Kind kind : values()) {
        if (kind.wire == wire) {
          return kind;
        }
      }
      throw refused("this is a change of members that isn't known here");
    }
  }

  /**
   * @param address of the member afterwards; empty where it stays
   */
  record Change(Kind kind, long peerId, String address) {
    Payload payload() {
      return Payload.ofLongs(kind.wire, peerId).then(Payload.ofText(address));
    }

    static Change read(io.netty.buffer.ByteBuf body) throws PeerError {
      return new Change(
          Kind.of(body.readLong()), body.readLong(), body.toString(StandardCharsets.UTF_8));
    }
  }

  MemberChanges(
      RaftConfig config,
      Leadership leadership,
      RaftServer server,
      RaftServer.Division division,
      PeerLinks links,
      PeerThreads threads) {
    this.config = config;
    this.leadership = leadership;
    this.server = server;
    this.division = division;
    this.links = links;
    this.threads = threads;
  }

  /** Has the leader make it, trying until one answers or the time is over. */
  CompletableFuture<Void> make(Change change) {
    CompletableFuture<Void> made = new CompletableFuture<>();
    attempt(change, made, System.nanoTime() + config.timing().proposal().toNanos());
    return made;
  }

  private void attempt(Change change, CompletableFuture<Void> made, long deadlineNanos) {
    long leader = leadership.leaderId();
    CompletableFuture<Payload> answer;
    if (leader == 0) {
      answer = failed(PeerError.Code.NOT_LEADER, "no leader is known");
    } else if (leader == config.memberId()) {
      answer = lead(change);
    } else {
      answer =
          links.call(
              leader,
              Frame.CHANGE,
              change.payload(),
              config.timing().proposal().multipliedBy(2),
              body -> Payload.EMPTY);
    }
    var _ =
        answer.whenComplete((done, thrown) -> {
          if (thrown == null) {
            made.complete(null);
          } else {
            again(change, made, deadlineNanos, PeerError.of(thrown));
          }
        });
  }

  private void again(
      Change change, CompletableFuture<Void> made, long deadlineNanos, PeerError error) {
    String why = String.valueOf(error.getMessage());
    switch (error.code()) {
      case REFUSED -> made.completeExceptionally(new RaftException.ChangeRefused(why));
      case UNREACHABLE, NOT_SENT, FAILED ->
          made.completeExceptionally(new RaftException.UnknownOutcome(why));
      case NOT_LEADER -> {
        if (System.nanoTime() - deadlineNanos >= 0) {
          made.completeExceptionally(new RaftException.NoLeader(why));
        } else {
          var _ =
              threads
                  .timer()
                  .schedule(
                      () -> attempt(change, made, deadlineNanos),
                      RETRY_MILLIS,
                      TimeUnit.MILLISECONDS);
        }
      }
    }
  }

  /** Makes a change as the leader. */
  CompletableFuture<Payload> lead(Change change) {
    if (!leadership.leadsReady()) {
      return failed(PeerError.Code.NOT_LEADER, "this member doesn't lead");
    }
    List<Peer> now = leadership.peers();
    List<Peer> next;
    try {
      next = after(now, change);
    } catch (PeerError e) {
      return CompletableFuture.failedFuture(e);
    }
    boolean isNew = change.kind() == Kind.ADD_VOTER || change.kind() == Kind.ADD_LEARNER;
    CompletableFuture<Boolean> there =
        isNew ? there(change) : CompletableFuture.completedFuture(true);
    return there
        .thenComposeAsync(greeted -> set(now, next, change.kind()), threads.calls())
        .thenApply(done -> Payload.EMPTY);
  }

  /** Whether the member to add runs where it is said to, and is of this cluster. */
  private CompletableFuture<Boolean> there(Change change) {
    PeerLink link = links.fresh(change.peerId(), change.address());
    Duration atMost = config.timing().election();
    return link.call(Frame.PING, Payload.EMPTY, atMost, body -> true)
        .handle((greeted, thrown) -> {
          link.close();
          if (thrown != null) {
            throw new CompletionException(
                new PeerError(
                    PeerError.Code.REFUSED,
                    "the member to add isn't reached at "
                        + change.address()
                        + ": "
                        + PeerError.of(thrown).getMessage()));
          }
          return true;
        });
  }

  private static List<Peer> after(List<Peer> now, Change change) throws PeerError {
    Optional<Peer> known = now.stream().filter(peer -> peer.id() == change.peerId()).findFirst();
    List<Peer> next = new ArrayList<>(now);
    known.ifPresent(next::remove);
    boolean adds = change.kind() == Kind.ADD_VOTER || change.kind() == Kind.ADD_LEARNER;
    if (adds == known.isPresent()) {
      throw refused(adds ? "it is a member already" : "it is no member");
    }
    Peer changed =
        switch (change.kind()) {
          case ADD_VOTER -> new Peer(change.peerId(), change.address(), Peer.Role.VOTER);
          case ADD_LEARNER -> new Peer(change.peerId(), change.address(), Peer.Role.LEARNER);
          case PROMOTE -> promoted(known.orElseThrow());
          case MOVE -> new Peer(change.peerId(), change.address(), known.orElseThrow().role());
          case REMOVE -> null;
        };
    if (changed != null) {
      next.add(changed);
    }
    if (next.stream().noneMatch(peer -> peer.role() == Peer.Role.VOTER)) {
      throw refused("it is the only voter");
    }
    return next;
  }

  private static Peer promoted(Peer known) throws PeerError {
    if (known.role() != Peer.Role.LEARNER) {
      throw refused("it is no learner");
    }
    return new Peer(known.id(), known.address(), Peer.Role.VOTER);
  }

  private static PeerError refused(String why) {
    return new PeerError(PeerError.Code.REFUSED, why);
  }

  /**
   * Ratis takes a set with the same ids and priorities for the same set, so where only an address
   * changes, all get another priority: with the same for all it has no other effect.
   */
  private CompletableFuture<RaftClientReply> set(List<Peer> now, List<Peer> next, Kind kind) {
    int priority = priority();
    int newPriority = kind == Kind.MOVE ? 1 - priority : priority;
    SetConfigurationRequest.Arguments arguments =
        SetConfigurationRequest.Arguments.newBuilder()
            .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
            .setServersInCurrentConf(Peers.of(now, Peer.Role.VOTER, priority))
            .setListenersInCurrentConf(Peers.of(now, Peer.Role.LEARNER, priority))
            .setServersInNewConf(Peers.of(next, Peer.Role.VOTER, newPriority))
            .setListenersInNewConf(Peers.of(next, Peer.Role.LEARNER, newPriority))
            .build();
    try {
      return server
          .setConfigurationAsync(
              new SetConfigurationRequest(
                  client,
                  Peers.id(config.memberId()),
                  Peers.group(config.clusterId()),
                  CallId.getAndIncrement(),
                  arguments))
          .handle(MemberChanges::checked);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(error(e));
    }
  }

  private int priority() {
    var self = division.getRaftConf().getPeer(Peers.id(config.memberId()));
    return self == null ? 0 : self.getPriority();
  }

  private static RaftClientReply checked(
      @Nullable RaftClientReply reply, @Nullable Throwable thrown) {
    if (reply == null || reply.getException() != null) {
      Throwable cause = reply == null ? thrown : reply.getException();
      throw new CompletionException(error(cause));
    }
    return reply;
  }

  private static PeerError error(@Nullable Throwable thrown) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case ReconfigurationInProgressException e -> refused("another change is under way");
      case ReconfigurationTimeoutException e -> refused("the new member doesn't catch up");
      case null, default -> new PeerError(PeerError.Code.FAILED, String.valueOf(cause));
    };
  }

  private static CompletableFuture<Payload> failed(PeerError.Code code, String why) {
    return CompletableFuture.failedFuture(new PeerError(code, why));
  }

  /** Makes another voter the leader, if this member leads. */
  CompletableFuture<Void> transfer(long peerId) {
    boolean voter =
        leadership.peers().stream()
            .anyMatch(peer -> peer.id() == peerId && peer.role() == Peer.Role.VOTER);
    if (!leadership.leadsReady() || !voter) {
      return CompletableFuture.failedFuture(
          new RaftException.ChangeRefused(voter ? "this member doesn't lead" : "it is no voter"));
    }
    try {
      return server
          .transferLeadershipAsync(
              new TransferLeadershipRequest(
                  client,
                  Peers.id(config.memberId()),
                  Peers.group(config.clusterId()),
                  CallId.getAndIncrement(),
                  Peers.id(peerId),
                  config.timing().proposal().toMillis()))
          .handle((reply, thrown) -> {
            if (reply == null || !reply.isSuccess()) {
              throw new CompletionException(
                  new RaftException.UnknownOutcome("the other doesn't lead yet"));
            }
            return null;
          });
    } catch (IOException e) {
      return CompletableFuture.failedFuture(new RaftException.ChangeRefused(e.toString()));
    }
  }
}
