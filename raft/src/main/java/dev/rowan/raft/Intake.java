package dev.rowan.raft;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's side of {@link Proposals}: appends each entry of a stream to the log once and in
 * order, or refuses it. What it remembers is of one term, and so need not outlive the process.
 *
 * <p>Any thread. It may wait while the log's queue to the disk is full.
 */
final class Intake {
  private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

  private final RaftConfig config;
  private final Leadership leadership;
  private final RaftClientAsynchronousProtocol ratis;
  private final RaftPeerId self;
  private final RaftGroupId group;
  private final ClientId client = ClientId.randomId();

  /** Of the term: the next sequence number of each session. */
  private final Map<Long, Long> expected = new HashMap<>();

  private long term;

  /** A term in which it isn't known whether an entry is in the log: nothing more is taken in it. */
  private long closedTerm;

  private long calls;

  /** Told by Ratis under its locks, under which this object's must not be waited for. */
  private final AtomicInteger pending = new AtomicInteger();

  private final AtomicLong pendingBytes = new AtomicLong();

  /**
   * @param ratis the division itself: the server around it changes threads for each call, and with
   *     that their order
   */
  Intake(RaftConfig config, Leadership leadership, RaftClientAsynchronousProtocol ratis) {
    this.config = config;
    this.leadership = leadership;
    this.ratis = ratis;
    self = Peers.id(config.memberId());
    group = Peers.group(config.clusterId());
  }

  /**
   * Begins a stream, or goes on with an earlier one of the same session and term.
   *
   * @return whether this member leads in that term
   */
  synchronized boolean begin(long session, long streamTerm, long firstSequence) {
    if (!leads(streamTerm)) {
      return false;
    }
    expected.putIfAbsent(session, firstSequence);
    return true;
  }

  private boolean leads(long wanted) {
    if (!leadership.leadsReady() || leadership.term() != wanted || wanted == closedTerm) {
      return false;
    }
    if (term != wanted) {
      expected.clear();
      term = wanted;
    }
    return true;
  }

  /**
   * Appends an entry that isn't appended yet.
   *
   * @param data header and entry
   * @return false if it was refused: then it isn't in the log, and what follows in the stream isn't
   *     either
   */
  synchronized boolean accept(EntryHeader header, ByteString data) {
    Long next = leads(header.term()) ? expected.get(header.session()) : null;
    if (next == null || header.sequence() > next || full(data.size())) {
      return false;
    }
    if (header.sequence() < next) {
      return true;
    }
    CompletableFuture<RaftClientReply> reply = submit(data);
    if (reply == null) {
      return false;
    }
    expected.put(header.session(), next + 1);
    pending.incrementAndGet();
    pendingBytes.addAndGet(data.size());
    var _ = reply.whenComplete((done, thrown) -> settled(data.size()));
    return true;
  }

  private boolean full(int bytes) {
    return pending.get() >= config.limits().waitingMax()
        || (pending.get() > 0 && pendingBytes.get() + bytes > config.limits().waitingBytesMax());
  }

  private void settled(int bytes) {
    pending.decrementAndGet();
    pendingBytes.addAndGet(-bytes);
  }

  private @Nullable CompletableFuture<RaftClientReply> submit(ByteString data) {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(self)
            .setGroupId(group)
            .setCallId(++calls)
            .setMessage(Message.valueOf(data))
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      CompletableFuture<RaftClientReply> reply = ratis.submitClientRequestAsync(request);
      Throwable refusal = refusal(reply);
      if (refusal == null) {
        return reply;
      }
      if (!(refusal instanceof LeaderNotReadyException)
          && !(refusal instanceof LeaderSteppingDownException)) {
        close(refusal);
      }
    } catch (IOException | RuntimeException e) {
      close(e);
    }
    return null;
  }

  /** Ratis may refuse after it has appended, when it ceases to lead meanwhile. */
  private void close(Throwable refusal) {
    LOG.info("no more proposals in term {}: {}", term, refusal.toString());
    closedTerm = term;
  }

  /** Null if the reply isn't there yet, or good. */
  private static @Nullable Throwable refusal(CompletableFuture<RaftClientReply> reply) {
    if (!reply.isDone()) {
      return null;
    }
    return reply.isCompletedExceptionally()
        ? reply.exceptionNow()
        : reply.resultNow().getException();
  }
}
