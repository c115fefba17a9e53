package dev.rowan.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Gives Ratis' entries to the {@link RaftStateMachine}, on the one thread on which Ratis applies.
 *
 * <p>What Ratis calls the latest snapshot is here only the position up to which the state is
 * durable: there Ratis begins to apply after a start, and before it the log may be deleted. A file
 * is written when a member needs one.
 */
final class Applier extends BaseStateMachine {
  private static final CompletableFuture<Message> DONE =
      CompletableFuture.completedFuture(Message.EMPTY);

  private final RaftStateMachine machine;
  private final Events events;
  private final Map<Long, List<Peer>> configurations = new ConcurrentHashMap<>();
  private volatile LogPosition applied;
  private volatile LogPosition persisted;
  private volatile LifeCycle.State state = LifeCycle.State.RUNNING;

  /** What Ratis was told of, and the state machine doesn't have yet. */
  private final AtomicReference<@Nullable ReceivedState> received = new AtomicReference<>();

  /** What the member does with what happens here. */
  interface Events {
    /** An entry was applied, or passed over: {@code header} is null for Ratis' own. */
    void applied(LogPosition position, @Nullable EntryHeader header);

    /** The state was replaced by a later one. */
    void installed(LogPosition position);

    /** Perhaps another leader. Called under Ratis' locks. */
    void leaderChanged();

    /** Get the leader's state; the future is completed by any thread. */
    CompletableFuture<ReceivedState> fetch();

    /** The member cannot go on. */
    void failed(Throwable cause);
  }

  Applier(RaftStateMachine machine, LogPosition applied, Events events) {
    this.machine = machine;
    this.events = events;
    this.applied = applied;
    persisted = applied;
    setLastAppliedTermIndex(TermIndex.valueOf(applied.term(), applied.index()));
  }

  LogPosition applied() {
    return applied;
  }

  /** Runs what the state machine does; a failure stops the member, for Ratis would go on. */
  private interface Step {
    void run() throws IOException;
  }

  private void step(Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException | Error e) {
      events.failed(e);
      throw new IllegalStateException("the state machine failed", e);
    }
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    LogPosition position = new LogPosition(entry.getTerm(), entry.getIndex());
    step(() -> {
      ByteBuffer bytes = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
      EntryHeader header = EntryHeader.take(bytes);
      if (header.term() == position.term()) {
        machine.apply(position, EntryHeader.rest(bytes));
      } else {
        machine.passed(position);
      }
      advance(position);
      events.applied(position, header);
    });
    return DONE;
  }

  private void advance(LogPosition position) {
    applied = position;
    setLastAppliedTermIndex(TermIndex.valueOf(position.term(), position.index()));
  }

  /**
   * Called by the applier before {@link #notifyTermIndexUpdated} of the same index, but also by
   * other threads while a state is being received: then it comes with that state.
   */
  @Override
  public void notifyConfigurationChanged(
      long term, long index, RaftConfigurationProto configuration) {
    if (configuration.getOldPeersCount() == 0 && configuration.getOldListenersCount() == 0) {
      configurations.put(index, Peers.of(configuration));
    }
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    LogPosition position = new LogPosition(term, index);
    step(() -> {
      List<Peer> peers = configurations.remove(index);
      if (peers != null) {
        machine.configured(position, peers);
      } else {
        machine.passed(position);
      }
      advance(position);
      events.applied(position, null);
    });
  }

  @Override
  public long takeSnapshot() {
    step(() -> persisted = machine.persist());
    return persisted.index();
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    LogPosition durable = persisted;
    return durable.index() < 0 ? null : new Durable(durable);
  }

  private record Durable(LogPosition position) implements SnapshotInfo {
    @Override
    public TermIndex getTermIndex() {
      return TermIndex.valueOf(position.term(), position.index());
    }

    @Override
    public List<FileInfo> getFiles() {
      return List.of();
    }
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    events.leaderChanged();
  }

  @Override
  public void notifyLeaderReady() {
    events.leaderChanged();
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
    events.failed(cause);
  }

  /** Asked again and again by Ratis; it remembers the future that isn't completed yet. */
  @Override
  public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex firstInLog) {
    return events
        .fetch()
        .thenApply(state -> {
          ReceivedState before = received.getAndAccumulate(state, ReceivedState::later);
          ReceivedState latest = ReceivedState.later(before, state);
          ReceivedState unused = latest.equals(state) ? before : state;
          if (unused != null && !unused.file().equals(latest.file())) {
            unused.delete();
          }
          return TermIndex.valueOf(latest.position().term(), latest.position().index());
        });
  }

  @Override
  public LifeCycle.State getLifeCycleState() {
    return state;
  }

  @Override
  public void pause() {
    state = LifeCycle.State.PAUSED;
  }

  /** On the applier's thread, between two entries. */
  @Override
  public void reinitialize() {
    ReceivedState from = received.getAndSet(null);
    step(() -> {
      if (from != null && from.position().index() > applied.index()) {
        machine.install(from.file(), from.position());
        configurations.keySet().removeIf(index -> index <= from.position().index());
        advance(from.position());
        events.installed(from.position());
        persisted = applied;
      } else {
        persisted = machine.persist();
        if (from != null && persisted.index() < from.position().index()) {
          throw new IOException("the state is not as far as the log was cut");
        }
      }
      if (from != null) {
        from.delete();
      }
    });
    state = LifeCycle.State.RUNNING;
  }
}
