package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.cluster.Identity;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Forwarding;
import dev.rowan.mvcc.Proposal;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.rowanpb.Call;
import dev.rowan.proto.rowanpb.Reply;
import dev.rowan.tracing.CallTrace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the commands of this member's clients to the member that leads, and answers them once this
 * member has what they did: a client reads here what it wrote here.
 *
 * <pre>
 * waiting    put a, put b, grant c      one call takes them all
 *                                       there: one batch, the log's position 8
 * under way  reply of that call: a at revision 12, b at 13, c refused; position 8
 * arrived    this member's index is at 7; it is published at 8: a, b and c are answered
 * </pre>
 *
 * <p>A command is carried out at most once. One that never got there, or that got to a member that
 * does not lead, goes to the next leader while its time lasts. If nobody knows what became of one
 * its client is told that; but what does the same when it is done twice is handed over again.
 *
 * <p>A few calls are under way at a time, and what comes meanwhile gathers: so the leader's batches
 * are large, and a lone command waits for nothing. Any thread; nothing waits. Clients are answered
 * outside of the lock.
 */
final class CommandForwarder implements Forwarding {
  private static final Logger log = LoggerFactory.getLogger(CommandForwarder.class);

  /** Calls under way: while one is answered the leader has the next ones to work on. */
  static final int CALLS_MAX = 4;

  /** So much longer than its commands a call may last: these are answered by the timer. */
  private static final Duration TIMER = Duration.ofSeconds(1);

  private final long memberId;
  private final Sequencer sequencer;
  private final Identity identity;
  private final Carrier carrier;
  private final long requestTimeoutNanos;
  private final Object lock = new Object();

  // Guarded by the lock.
  private final WaitingCommands waiting = new WaitingCommands();
  private final Set<Sent> underWay = new HashSet<>();
  private final Queue<Arrived> arrived =
      new PriorityQueue<>(Comparator.comparingLong(Arrived::position));
  private boolean closed;

  /** Replaced under the lock. */
  private volatile Leader leader = new Leader(0);

  /** Who leads, since when, and what is under way to there; guarded by the lock. */
  private static final class Leader {
    private final long id;
    private final long sinceNanos = System.nanoTime();
    private int calls;

    /** Whether the last call to it failed, until it is tried again. */
    private boolean paused;

    Leader(long id) {
      this.id = id;
    }
  }

  /** A call under way. */
  private static final class Sent {
    private final Leader to;
    private final List<Proposal<?>> proposals;

    Sent(Leader to, List<Proposal<?>> proposals) {
      this.to = to;
      this.proposals = proposals;
    }
  }

  /** Answers that wait until this member's index is where the leader's was. */
  private record Arrived(List<Proposal<?>> proposals, Reply reply) {
    long position() {
      return reply.getPosition();
    }
  }

  CommandForwarder(
      long memberId,
      Sequencer sequencer,
      Identity identity,
      Carrier carrier,
      Duration requestTimeout) {
    this.memberId = memberId;
    this.sequencer = sequencer;
    this.identity = identity;
    this.carrier = carrier;
    this.requestTimeoutNanos = requestTimeout.toNanos();
  }

  /** Who leads from now on; 0 while nobody knows. */
  void leader(long id) {
    synchronized (lock) {
      leader = new Leader(id);
    }
    goOn();
  }

  @Override
  public boolean take(Proposal<?> proposal) {
    if (leader.id == memberId || !CommandCodec.ofLeader(proposal.command())) {
      return false;
    }
    proposal.trace().enter(CallTrace.Stage.ASK_LEADER);
    boolean stopped;
    boolean fits;
    synchronized (lock) {
      if (leader.id == memberId) {
        return false;
      }
      stopped = closed;
      fits = !stopped && waiting.add(proposal);
    }
    if (fits) {
      send();
    } else {
      proposal.fail((stopped ? EtcdError.STOPPED : EtcdError.TOO_MANY_REQUESTS).exception());
    }
    return true;
  }

  /** Hands over what waits; to this member's own sequencer if it leads by now. */
  private void goOn() {
    List<Proposal<?>> own = List.of();
    synchronized (lock) {
      if (leader.id == memberId) {
        own = waiting.takeAll();
      }
    }
    own.forEach(sequencer::queue);
    send();
  }

  private void send() {
    for (Sent next = gather(); next != null; next = gather()) {
      send(next);
    }
  }

  private @Nullable Sent gather() {
    synchronized (lock) {
      Leader to = leader;
      if (to.id == 0 || to.id == memberId || to.paused || to.calls >= CALLS_MAX) {
        return null;
      }
      List<Proposal<?>> proposals = waiting.takeForCall();
      if (proposals.isEmpty()) {
        return null;
      }
      Sent sent = new Sent(to, proposals);
      underWay.add(sent);
      to.calls++;
      return sent;
    }
  }

  private void send(Sent sent) {
    CompletableFuture<ByteString> reply;
    try {
      reply = carry(sent);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("requests could not be handed to the member that leads");
      synchronized (lock) {
        settle(sent);
      }
      Proposal.failAll(sent.proposals, EtcdError.INTERNAL);
      return;
    }
    var _ =
        reply.whenComplete((bytes, thrown) -> {
          if (thrown == null) {
            arrived(sent, bytes);
          } else if (thrown instanceof Undelivered || thrown.getCause() instanceof Undelivered) {
            notCarriedOut(sent);
          } else {
            unknown(sent, thrown);
          }
        });
  }

  private CompletableFuture<ByteString> carry(Sent sent) {
    long now = System.nanoTime();
    long longest = 0;
    Call.Builder call = Call.newBuilder();
    for (Proposal<?> proposal : sent.proposals) {
      long left = Math.max(0, Duration.ofNanos(proposal.deadlineNanos() - now).toMillis());
      longest = Math.max(longest, left);
      call.addCommands(
          CommandCodec.encode(proposal.command(), proposal.caller()).toBuilder()
              .setMillisLeft(left));
    }
    return carrier.carry(
        sent.to.id, call.build().toByteString(), Duration.ofMillis(longest).plus(TIMER));
  }

  private void settle(Sent sent) {
    underWay.remove(sent);
    sent.to.calls--;
  }

  private void arrived(Sent sent, ByteString bytes) {
    Reply reply;
    try {
      reply = Reply.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      unknown(sent, e);
      return;
    }
    if (reply.getNotLeading()) {
      notCarriedOut(sent);
      return;
    }
    if (reply.getAnswersCount() != sent.proposals.size()) {
      unknown(sent, new InvalidProtocolBufferException("not as many answers as commands"));
      return;
    }
    boolean late;
    synchronized (lock) {
      settle(sent);
      late = closed;
      if (!late) {
        arrived.add(new Arrived(sent.proposals, reply));
      }
    }
    if (late) {
      Proposal.failAll(sent.proposals, EtcdError.STOPPED);
    } else {
      read(reply.getPosition());
    }
  }

  /** Has the sequencer look for what the leader appended; on its thread the answers are given. */
  private void read(long position) {
    var _ =
        sequencer
            .carryOut(new Command.Sync(position, false))
            .whenComplete((reached, refusal) -> {
              if (refusal == null) {
                published(reached);
              }
              send();
            });
  }

  @Override
  public void published(long position) {
    List<Arrived> ready = List.of();
    synchronized (lock) {
      for (Arrived next = arrived.peek();
          next != null && next.position() <= position;
          next = arrived.peek()) {
        ready = ready.isEmpty() ? new ArrayList<>() : ready;
        ready.add(next);
        arrived.remove();
      }
    }
    ready.forEach(this::answer);
  }

  private void answer(Arrived ready) {
    ByteString ownHeader = AnswerCodec.ownHeader(identity);
    for (int i = 0; i < ready.proposals().size(); i++) {
      Proposal<?> proposal = ready.proposals().get(i);
      try {
        proposal.answer(
            AnswerCodec.decode(
                ready.reply().getAnswers(i), proposal.command(), identity, ownHeader));
      } catch (InvalidProtocolBufferException e) {
        log.atError().setCause(e).log("an answer of the member that leads could not be read");
        proposal.answer(EtcdError.INTERNAL.exception());
      }
    }
  }

  /** Nothing of it was carried out: it waits again, before all others. */
  private void notCarriedOut(Sent sent) {
    synchronized (lock) {
      settle(sent);
      sent.to.paused = true;
      waiting.putBack(sent.proposals);
    }
    goOn();
  }

  private void unknown(Sent sent, Throwable thrown) {
    List<Proposal<?>> again = new ArrayList<>();
    List<Proposal<?>> lost = new ArrayList<>();
    for (Proposal<?> proposal : sent.proposals) {
      (CommandCodec.repeatable(proposal.command()) ? again : lost).add(proposal);
    }
    synchronized (lock) {
      settle(sent);
      sent.to.paused = true;
      waiting.putBack(again);
    }
    lost.removeIf(Proposal::closed);
    if (!lost.isEmpty()) {
      log.atWarn()
          .addKeyValue("requests", lost.size())
          .addKeyValue("error", thrown.getMessage())
          .log("the member that leads was lost and what became of requests isn't known");
      Proposal.failAll(lost, EtcdError.TIMED_OUT_LEADER_FAILED);
    }
    goOn();
  }

  @Override
  public void refuseLate(long nowNanos) {
    List<Proposal<?>> here;
    List<Proposal<?>> there = new ArrayList<>();
    Leader now;
    synchronized (lock) {
      leader.paused = false;
      now = leader;
      here = waiting.open();
      underWay.forEach(sent -> there.addAll(sent.proposals));
      arrived.forEach(ready -> there.addAll(ready.proposals()));
    }
    EtcdError without = EtcdError.NO_LEADER_IN_TIME;
    here.forEach(proposal -> refuseLate(proposal, nowNanos, now, without));
    EtcdError lost = EtcdError.TIMED_OUT_CONNECTION_LOST;
    there.forEach(proposal -> refuseLate(proposal, nowNanos, now, lost));
    goOn();
  }

  /**
   * Says what etcd does of a request whose time is over (C-10).
   *
   * @param leaderless if no leader is known
   */
  private void refuseLate(Proposal<?> proposal, long nowNanos, Leader now, EtcdError leaderless) {
    if (proposal.deadlineNanos() - nowNanos > 0) {
      return;
    }
    boolean ledThroughout = now.sinceNanos - (proposal.deadlineNanos() - requestTimeoutNanos) <= 0;
    EtcdError led = ledThroughout ? EtcdError.TIMED_OUT : EtcdError.TIMED_OUT_LEADER_FAILED;
    proposal.fail((now.id == 0 ? leaderless : led).exception());
  }

  /** Commands that were taken over and aren't answered yet. */
  int open() {
    synchronized (lock) {
      return waiting.size()
          + underWay.stream().mapToInt(sent -> sent.proposals.size()).sum()
          + arrived.stream().mapToInt(ready -> ready.proposals().size()).sum();
    }
  }

  @Override
  public void close() {
    List<Proposal<?>> open = new ArrayList<>();
    synchronized (lock) {
      closed = true;
      open.addAll(waiting.takeAll());
      underWay.forEach(sent -> open.addAll(sent.proposals));
      arrived.forEach(ready -> open.addAll(ready.proposals()));
      arrived.clear();
    }
    Proposal.failAll(open, EtcdError.STOPPED);
  }
}
