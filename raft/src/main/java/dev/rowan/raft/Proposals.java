package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This member's proposals, from {@link #propose} until they are applied here: each at most once, in
 * the order in which they were proposed.
 *
 * <p>Those of a term go to its leader as a stream: its beginning, then entries with sequence
 * numbers. The {@link Intake} takes each number once and in order, so when a stream breaks, all
 * that isn't known to be applied is sent again in the next stream of the same term. When the term
 * ends, what is not applied is in doubt, and nothing is sent, until an entry of a later term is
 * applied; by {@link EntryHeader}'s rule the doubtful ones are lost then, and go first in that
 * term's stream.
 *
 * <pre>
 * term 4, stream 1:  1 2 3 4      the leader is cut off; 1 and 2 are applied here, 3 and 4 in doubt
 * term 5, first entry applied:    3 was committed after all, and applied before it; 4 is lost
 * term 5, stream 2:  5            is what was 4
 * </pre>
 *
 * <p>Any thread proposes, one thread of its own sends, the applier and the timer report.
 */
final class Proposals implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Proposals.class);
  private static final long RETRY_MILLIS = 10;

  private final long session;
  private final RaftConfig config;
  private final Leadership leadership;
  private final Carrier carrier;
  private final Thread sender;

  /** In order: what goes first has a sequence number already if it was sent in this term. */
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();

  private final ArrayDeque<Pending> sent = new ArrayDeque<>();
  private long bytes;
  private long appliedTerm;
  private long nextSequence = 1;
  private long stream;
  private boolean streaming;
  private long streamTerm;
  private long streamLeader;
  private long pausedUntilNanos = System.nanoTime();
  private boolean closed;

  /** Brings streams to leaders, this member included. Called by the sender. */
  interface Carrier {
    /** False if it cannot be begun now. */
    boolean begin(long leaderId, long stream, long session, long term, long firstSequence);

    /** Goes on with the stream that was begun last; false if it is broken. */
    boolean carry(EntryHeader header, ByteString entry);
  }

  private static final class Pending {
    final ByteString entry;
    final CompletableFuture<LogPosition> future = new CompletableFuture<>();
    final long deadlineNanos;

    /** 0 before it is sent, and once it is known to be lost. */
    long term;

    long sequence;

    Pending(ByteString entry, long deadlineNanos) {
      this.entry = entry;
      this.deadlineNanos = deadlineNanos;
    }
  }

  Proposals(
      long session,
      LogPosition applied,
      RaftConfig config,
      Leadership leadership,
      Carrier carrier,
      Thread.Builder thread) {
    this.session = session;
    this.config = config;
    this.leadership = leadership;
    this.carrier = carrier;
    appliedTerm = applied.term();
    sender = thread.unstarted(this::send);
  }

  void start() {
    sender.start();
  }

  CompletableFuture<LogPosition> propose(ByteString entry) {
    RaftConfig.Limits limits = config.limits();
    if (entry.size() > limits.entryBytesMax()) {
      throw new IllegalArgumentException(
          "a proposal of %d bytes; at most %d".formatted(entry.size(), limits.entryBytesMax()));
    }
    Pending pending = new Pending(entry, System.nanoTime() + config.timing().proposal().toNanos());
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(new RaftException.Stopped());
      }
      if (waiting.size() + sent.size() >= limits.waitingMax()
          || bytes + entry.size() > limits.waitingBytesMax()) {
        return CompletableFuture.failedFuture(
            new RaftException.Busy("too many proposals wait for the leader"));
      }
      bytes += entry.size();
      waiting.add(pending);
      notifyAll();
    }
    return pending.future;
  }

  /** Something may have become possible. */
  synchronized void wake() {
    notifyAll();
  }

  /** Nothing more was taken of a stream. */
  synchronized void broken(long brokenStream) {
    if (streaming && stream == brokenStream) {
      streaming = false;
      pausedUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
      notifyAll();
    }
  }

  private void send() {
    try {
      while (true) {
        Runnable step = next();
        if (step == null) {
          return;
        }
        step.run();
      }
    } catch (InterruptedException e) {
      LOG.debug("the sender of proposals ends");
    }
  }

  /** What to send next; waits for it. Null at the end. */
  private synchronized @Nullable Runnable next() throws InterruptedException {
    while (!closed) {
      long paused = pausedUntilNanos - System.nanoTime();
      long leader = leadership.leaderId();
      long term = leadership.term();
      if (leader != streamLeader || term != streamTerm) {
        streaming = false;
      }
      boolean possible = paused <= 0 && leader != 0 && term == appliedTerm;
      if (possible && !streaming && !(waiting.isEmpty() && sent.isEmpty())) {
        return begin(leader, term);
      }
      if (possible && streaming && !waiting.isEmpty()) {
        return carry(waiting.remove());
      }
      boolean idle = waiting.isEmpty() && (streaming || sent.isEmpty());
      wait(idle ? 0 : RETRY_MILLIS);
    }
    return null;
  }

  private Runnable begin(long leader, long term) {
    while (!sent.isEmpty()) {
      waiting.addFirst(sent.removeLast());
    }
    streaming = true;
    streamLeader = leader;
    streamTerm = term;
    long number = ++stream;
    Pending head = waiting.getFirst();
    long first = head.term == term ? head.sequence : nextSequence;
    return () -> {
      if (!carrier.begin(leader, number, session, term, first)) {
        broken(number);
      }
    };
  }

  private Runnable carry(Pending pending) {
    if (pending.term == 0) {
      pending.term = streamTerm;
      pending.sequence = nextSequence++;
    }
    sent.add(pending);
    long number = stream;
    EntryHeader header = new EntryHeader(session, pending.sequence, pending.term);
    return () -> {
      if (!carrier.carry(header, pending.entry)) {
        broken(number);
      }
    };
  }

  /** Called by the applier after each entry. */
  void applied(LogPosition position, @Nullable EntryHeader header) {
    Pending done = null;
    synchronized (this) {
      if (position.term() > appliedTerm) {
        termBegins(position.term());
      }
      if (header != null && header.session() == session && header.term() == position.term()) {
        done = take(header.sequence());
      }
    }
    if (done != null) {
      done.future.complete(position);
    }
  }

  private @Nullable Pending take(long sequence) {
    for (ArrayDeque<Pending> queue : List.of(sent, waiting)) {
      Pending head = queue.peek();
      if (head != null && head.term != 0 && head.sequence == sequence) {
        queue.remove();
        bytes -= head.entry.size();
        return head;
      }
    }
    return null;
  }

  private void termBegins(long term) {
    appliedTerm = term;
    streaming = false;
    while (!sent.isEmpty()) {
      waiting.addFirst(sent.removeLast());
    }
    for (Iterator<Pending> all = waiting.iterator(); all.hasNext(); ) {
      Pending pending = all.next();
      pending.term = 0;
      if (pending.future.isDone()) {
        all.remove();
        bytes -= pending.entry.size();
      }
    }
    notifyAll();
  }

  /** The state jumped: what was sent may be in it or not, and will never be told. */
  void installed(LogPosition position) {
    List<Pending> unknown = new ArrayList<>();
    synchronized (this) {
      while (!sent.isEmpty()) {
        waiting.addFirst(sent.removeLast());
      }
      for (Iterator<Pending> all = waiting.iterator(); all.hasNext(); ) {
        Pending pending = all.next();
        if (pending.term != 0) {
          all.remove();
          bytes -= pending.entry.size();
          unknown.add(pending);
        }
      }
      termBegins(position.term());
    }
    unknown.forEach(Proposals::unknown);
  }

  /** Ends the wait of those whose time is over. */
  void expire() {
    long now = System.nanoTime();
    List<Pending> unsent = new ArrayList<>();
    List<Pending> doubtful = new ArrayList<>();
    synchronized (this) {
      for (Iterator<Pending> all = waiting.iterator(); all.hasNext(); ) {
        Pending pending = all.next();
        if (pending.deadlineNanos - now <= 0) {
          if (pending.term == 0) {
            all.remove();
            bytes -= pending.entry.size();
            unsent.add(pending);
          } else {
            doubtful.add(pending);
          }
        }
      }
      for (Pending pending : sent) {
        if (pending.deadlineNanos - now <= 0) {
          doubtful.add(pending);
        }
      }
    }
    unsent.forEach(pending ->
        pending.future.completeExceptionally(
            new RaftException.NotProposed("no leader took the proposal in time")));
    doubtful.forEach(Proposals::unknown);
  }

  private static void unknown(Pending pending) {
    pending.future.completeExceptionally(
        new RaftException.UnknownOutcome("what became of the proposal isn't known"));
  }

  @Override
  public void close() {
    List<Pending> all = new ArrayList<>();
    synchronized (this) {
      closed = true;
      all.addAll(sent);
      all.addAll(waiting);
      sent.clear();
      waiting.clear();
      notifyAll();
    }
    for (Pending pending : all) {
      if (pending.term == 0) {
        pending.future.completeExceptionally(new RaftException.Stopped());
      } else {
        unknown(pending);
      }
    }
  }
}
