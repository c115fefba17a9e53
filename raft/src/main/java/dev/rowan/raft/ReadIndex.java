package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Finds the index that a member must have applied before it may answer a linearizable read.
 *
 * <p>The leader takes its commit index and then asks the voters whether they are in its term still.
 * If a majority is, at moments after the read began, nobody was elected before it began, and the
 * commit index covered every acknowledged entry. It rests on no clock. Ratis has such a call too,
 * but answers from an earlier round of questions if nothing was committed since.
 *
 * <p>Any thread; nothing waits.
 */
final class ReadIndex implements AutoCloseable {
  /** Reads that wait for an index. Who asks is expected to let many reads share one. */
  private static final int WAITING_MAX = 1_000;

  private static final long RETRY_MILLIS = 10;

  private final Leadership leadership;
  private final PeerLinks links;
  private final PeerThreads threads;
  private final RaftMeasures measures;
  private final Duration atMost;
  private final Duration round;
  private final Map<Long, CompletableFuture<Long>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private volatile boolean closed;

  ReadIndex(
      RaftConfig config,
      Leadership leadership,
      PeerLinks links,
      PeerThreads threads,
      RaftMeasures measures) {
    this.measures = measures;
    this.leadership = leadership;
    this.links = links;
    this.threads = threads;
    atMost = config.timing().proposal();
    round = config.timing().election();
  }

  /** Asks whoever leads, until the time is over. */
  CompletableFuture<Long> ask() {
    if (waiting.size() >= WAITING_MAX) {
      return CompletableFuture.failedFuture(
          new RaftException.Busy("too many reads wait for the leader"));
    }
    CompletableFuture<Long> index = new CompletableFuture<>();
    long number = numbers.incrementAndGet();
    waiting.put(number, index);
    if (closed) {
      index.completeExceptionally(new RaftException.Stopped());
    }
    long begun = System.nanoTime();
    attempt(index, begun + atMost.toNanos());
    var _ =
        index.whenComplete((known, thrown) -> {
          waiting.remove(number);
          measures.readIndexAnswered(System.nanoTime() - begun, thrown == null);
        });
    return index;
  }

  private void attempt(CompletableFuture<Long> index, long deadlineNanos) {
    long leader = leadership.leaderId();
    CompletableFuture<Long> answer =
        leader == 0
            ? refused("no leader is known")
            : leader == leadership.memberId()
                ? lead()
                : links.call(leader, Frame.READ_INDEX, Payload.EMPTY, round, ByteBuf::readLong);
    var _ =
        answer.whenComplete((known, thrown) -> {
          if (thrown == null) {
            index.complete(known);
          } else if (System.nanoTime() - deadlineNanos >= 0) {
            index.completeExceptionally(
                new RaftException.NoLeader(
                    "no leader answered in time: " + PeerError.of(thrown).getMessage()));
          } else {
            retry(index, deadlineNanos);
          }
        });
  }

  private void retry(CompletableFuture<Long> index, long deadlineNanos) {
    if (!index.isDone()) {
      var _ =
          threads
              .timer()
              .schedule(() -> attempt(index, deadlineNanos), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** As the leader, for this member or another; fails if it isn't sure that it leads. */
  CompletableFuture<Long> lead() {
    long term = leadership.term();
    if (!leadership.leadsReady() || leadership.term() != term) {
      return refused("this member doesn't lead");
    }
    long index = leadership.commitIndex();
    Set<Long> yes = ConcurrentHashMap.newKeySet();
    yes.add(leadership.memberId());
    if (leadership.majority(yes)) {
      return CompletableFuture.completedFuture(index);
    }
    CompletableFuture<Long> sure = new CompletableFuture<>();
    List<Long> others = leadership.otherVoters();
    AtomicInteger open = new AtomicInteger(others.size());
    for (long other : others) {
      var _ =
          links
              .call(other, Frame.CONFIRM, Payload.ofLongs(term), round, ByteBuf::readLong)
              .whenComplete((answer, thrown) -> {
                if (thrown == null && answer == term) {
                  yes.add(other);
                }
                if (leadership.majority(yes)) {
                  sure.complete(index);
                } else if (open.decrementAndGet() == 0) {
                  sure.completeExceptionally(error("too few members confirm the leader"));
                }
              });
    }
    return sure;
  }

  /**
   * The term that this member is in, if the asking one leads in it as far as known here; else 0.
   */
  long confirm(long askedTerm, long from) {
    return leadership.leaderId() == from && leadership.term() == askedTerm ? askedTerm : 0;
  }

  private static CompletableFuture<Long> refused(String why) {
    return CompletableFuture.failedFuture(error(why));
  }

  private static PeerError error(String why) {
    return new PeerError(PeerError.Code.NOT_LEADER, why);
  }

  @Override
  public void close() {
    closed = true;
    waiting.values().forEach(index -> index.completeExceptionally(new RaftException.Stopped()));
  }
}
