package dev.rowan.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppenderBase;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.util.Timestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A leader's sending to one other member, on a thread of Ratis.
 *
 * <p>At most one append with entries is under way; what is proposed meanwhile goes with the next,
 * so that a busy cluster fsyncs once for many entries. Beside it at most one without entries: the
 * sign of life, which also carries how far the order is settled. It is sent as soon as that moved,
 * not with the next entries, because a member answers its clients only once it knows; and a member
 * whose disk is slow still hears of its leader.
 */
final class Appender extends LogAppenderBase {
  private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

  private final PeerRpc rpc;
  private final long heartbeatMillis;
  private final Semaphore wake = new Semaphore(0);
  private final AtomicBoolean heartbeatWanted = new AtomicBoolean();

  /** Of this appender's thread. */
  private @Nullable CompletableFuture<AppendEntriesReplyProto> entriesReply;

  private @Nullable CompletableFuture<AppendEntriesReplyProto> heartbeatReply;
  private @Nullable AppendEntriesRequestProto entriesSent;
  private @Nullable AppendEntriesRequestProto heartbeatSent;
  private Timestamp entriesSentAt = Timestamp.currentTime();
  private Timestamp heartbeatSentAt = Timestamp.currentTime();
  private long commitSent = RaftLog.INVALID_LOG_INDEX;
  private long silentUntilNanos = System.nanoTime();

  Appender(
      RaftServer.Division server,
      LeaderState leader,
      FollowerInfo follower,
      PeerRpc rpc,
      Duration heartbeat) {
    super(server, leader, follower);
    this.rpc = rpc;
    heartbeatMillis = heartbeat.toMillis();
  }

  @Override
  public long getCallId() {
    return CallId.get();
  }

  @Override
  public Comparator<Long> getCallIdComparator() {
    return CallId.getComparator();
  }

  /** Ratis' own signal is lost if nobody waits for it just then. */
  @Override
  public void notifyLogAppender() {
    if (wake.availablePermits() == 0) {
      wake.release();
    }
  }

  @Override
  public void triggerHeartbeat() {
    heartbeatWanted.set(true);
    notifyLogAppender();
  }

  /** Only Ratis' assembling of entries asks; it gives up at 0. */
  @Override
  public long getHeartbeatWaitTimeMs() {
    return heartbeatMillis;
  }

  @Override
  public void run() throws InterruptedException, IOException {
    while (isRunning()) {
      takeReplies();
      if (System.nanoTime() >= silentUntilNanos) {
        TermIndex firstInLog = snapshotNeeded();
        if (firstInLog != null) {
          noticeSnapshot(firstInLog);
        } else {
          sendHeartbeat();
          sendEntries();
        }
      }
      wake.tryAcquire(waitMillis(), TimeUnit.MILLISECONDS);
      wake.drainPermits();
      getLeaderState().checkHealth(getFollower());
    }
  }

  private long waitMillis() {
    long silent = TimeUnit.NANOSECONDS.toMillis(silentUntilNanos - System.nanoTime());
    return Math.max(1, Math.max(silent, heartbeatMillis - heartbeatSentAt.elapsedTimeMs()));
  }

  private void sendHeartbeat() throws IOException {
    if (heartbeatReply != null) {
      return;
    }
    long known = Math.min(getRaftLog().getLastCommittedIndex(), getFollower().getNextIndex() - 1);
    boolean due = heartbeatSentAt.elapsedTimeMs() >= heartbeatMillis;
    if (due || known > commitSent || heartbeatWanted.getAndSet(false)) {
      heartbeatSent = newAppendEntriesRequest(CallId.getAndIncrement(), true);
      heartbeatSentAt = Timestamp.currentTime();
      heartbeatReply = send(heartbeatSent);
    }
  }

  private void sendEntries() throws IOException {
    if (entriesReply != null || !hasAppendEntries()) {
      return;
    }
    AppendEntriesRequestProto request = newAppendEntriesRequest(CallId.getAndIncrement(), false);
    if (request != null && request.getEntriesCount() > 0) {
      entriesSent = request;
      entriesSentAt = Timestamp.currentTime();
      entriesReply = send(request);
    }
  }

  private CompletableFuture<AppendEntriesReplyProto> send(AppendEntriesRequestProto request) {
    commitSent = Math.max(commitSent, request.getLeaderCommit());
    getFollower().updateLastRpcSendTime(request.getEntriesCount() == 0);
    CompletableFuture<AppendEntriesReplyProto> reply = rpc.append(request);
    var _ = reply.whenComplete((answer, thrown) -> notifyLogAppender());
    return reply;
  }

  private void takeReplies() {
    if (entriesReply != null && entriesSent != null && entriesReply.isDone()) {
      CompletableFuture<AppendEntriesReplyProto> reply = entriesReply;
      entriesReply = null;
      take(reply, entriesSent, entriesSentAt);
      entriesSent = null;
    }
    if (heartbeatReply != null && heartbeatSent != null && heartbeatReply.isDone()) {
      CompletableFuture<AppendEntriesReplyProto> reply = heartbeatReply;
      heartbeatReply = null;
      take(reply, heartbeatSent, heartbeatSentAt);
      heartbeatSent = null;
    }
  }

  private void take(
      CompletableFuture<AppendEntriesReplyProto> reply,
      AppendEntriesRequestProto request,
      Timestamp sentAt) {
    if (reply.isCompletedExceptionally()) {
      LOG.debug("a member doesn't answer: {}", reply.exceptionNow().toString());
      pause();
      return;
    }
    AppendEntriesReplyProto answer = reply.resultNow();
    getFollower().updateLastRpcResponseTime();
    getFollower().updateLastRespondedAppendEntriesSendTime(sentAt);
    getLeaderState().onFollowerCommitIndex(getFollower(), answer.getFollowerCommit());
    switch (answer.getResult()) {
      case SUCCESS -> matched(request, answer);
      case NOT_LEADER -> onFollowerTerm(answer.getTerm());
      case INCONSISTENCY -> inconsistent(request, answer);
      case UNRECOGNIZED -> LOG.warn("a member answers what isn't understood");
    }
    getLeaderState().onAppendEntriesReply(this, answer);
  }

  private void matched(AppendEntriesRequestProto request, AppendEntriesReplyProto answer) {
    long next =
        request.getEntriesCount() > 0
            ? answer.getNextIndex()
            : request.hasPreviousLog() ? request.getPreviousLog().getIndex() + 1 : 0;
    boolean more = getFollower().updateMatchIndex(next - 1);
    getFollower().updateNextIndex(next);
    if (more) {
      getLeaderState().onFollowerSuccessAppendEntries(getFollower());
    }
  }

  private void inconsistent(AppendEntriesRequestProto request, AppendEntriesReplyProto answer) {
    if (entriesReply != null) {
      return;
    }
    long first =
        request.getEntriesCount() > 0
            ? request.getEntries(0).getIndex()
            : request.hasPreviousLog() ? request.getPreviousLog().getIndex() + 1 : 0;
    getFollower().setNextIndex(getNextIndexForInconsistency(first, answer.getNextIndex()));
    commitSent = RaftLog.INVALID_LOG_INDEX;
  }

  /** Where this member's log begins, if that is behind what the other needs next; else null. */
  private @Nullable TermIndex snapshotNeeded() {
    FollowerInfo follower = getFollower();
    if (getLeaderState().isFollowerBootstrapping(follower)
        && !follower.hasAttemptedToInstallSnapshot()
        && follower.getNextIndex() >= getRaftLog().getStartIndex()) {
      follower.setAttemptedToInstallSnapshot();
    }
    return entriesReply == null ? shouldNotifyToInstallSnapshot() : null;
  }

  private void noticeSnapshot(TermIndex firstInLog) throws IOException {
    FollowerInfo follower = getFollower();
    InstallSnapshotReplyProto reply;
    try {
      follower.updateLastRpcSendTime(true);
      reply = rpc.installSnapshot(newInstallSnapshotNotificationRequest(firstInLog));
    } catch (java.io.InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      LOG.debug("a member doesn't answer: {}", e.toString());
      pause();
      return;
    }
    follower.updateLastRpcResponseTime();
    switch (reply.getResult()) {
      case ALREADY_INSTALLED, SNAPSHOT_INSTALLED -> {
        follower.setSnapshotIndex(reply.getSnapshotIndex());
        follower.setAttemptedToInstallSnapshot();
        getLeaderState().onFollowerCommitIndex(follower, reply.getSnapshotIndex());
        getLeaderState().onFollowerSuccessAppendEntries(follower);
      }
      case NOT_LEADER -> onFollowerTerm(reply.getTerm());
      default -> pause();
    }
  }

  /** The member is not asked again at once. */
  private void pause() {
    commitSent = RaftLog.INVALID_LOG_INDEX;
    silentUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(heartbeatMillis);
  }
}
