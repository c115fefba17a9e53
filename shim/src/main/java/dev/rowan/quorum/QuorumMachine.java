package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog.Changes;
import dev.rowan.dialects.RowId;
import dev.rowan.dialects.sqlite.MemberFile;
import dev.rowan.proto.rowanpb.Entry;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.proto.rowanpb.Note;
import dev.rowan.raft.LogPosition;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftStateMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this member does with each entry of the quorum's log: a batch is appended to its file if the
 * head is where the batch expects it. Every member finds the same, so their files stay the same.
 *
 * <p>Entries come on Raft's applier thread; whoever waits for one may be any.
 */
final class QuorumMachine implements RaftStateMachine {
  private static final Logger LOG = LoggerFactory.getLogger(QuorumMachine.class);

  /** Batches whose tokens are remembered: more than are applied while a proposal is in doubt. */
  private static final int TOKENS = 1 << 16;

  private final MemberFile file;
  private final Membership membership;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition advanced = lock.newCondition();

  /** The tokens of the newest batches, each at its position. Under the lock. */
  private final long[] tokens = new long[TOKENS];

  /** The first position whose token is remembered. Under the lock. */
  private long rememberedFrom;

  /** Under the lock. */
  private final RecentBatches recent = new RecentBatches();

  /** Under the lock, but for the applier, which alone changes it. */
  private LogPosition applied = LogPosition.NONE;

  /** What the last transaction stored. The applier's. */
  private LogPosition stored = LogPosition.NONE;

  private final BatchParts parts = new BatchParts();

  /** Under the lock. */
  private Head head;

  /** Under the lock. */
  private long installs;

  private volatile boolean installing;

  /** Told how long each batch's commit to the file took, on the applier's thread. */
  private volatile LongConsumer commits = nanos -> {};

  QuorumMachine(MemberFile file, Membership membership) throws LogException {
    this.file = file;
    this.membership = membership;
    head = file.log().head();
    rememberedFrom = head.position() + 1;
  }

  @Override
  public LogPosition applied() throws IOException {
    try {
      file.sync();
      Note note = Note.parseFrom(file.note());
      membership.load(note.getMembers());
      stored = note.hasApplied() ? position(note) : LogPosition.NONE;
    } catch (LogException e) {
      throw new IOException(e.getMessage(), e);
    }
    reached(stored);
    return stored;
  }

  private static LogPosition position(Note note) {
    return new LogPosition(note.getApplied().getTerm(), note.getApplied().getIndex());
  }

  @Override
  public void apply(LogPosition position, ByteString bytes) throws IOException {
    Entry entry = Entry.parseFrom(bytes);
    switch (entry.getKindCase()) {
      case BATCH -> {
        Batch batch = parts.add(entry.getBatch(), applied);
        if (batch != null) {
          append(position, batch);
        }
      }
      case MEMBER_CHANGE -> change(position, entry.getMemberChange());
      case KIND_NOT_SET ->
          throw new IOException(
              "entry " + position.index() + " of the log is of a newer version of Rowan");
    }
    reached(position);
  }

  /** A batch that comes twice finds the head moved by the first of it. */
  private void append(LogPosition position, Batch batch) throws IOException {
    try {
      long begun = System.nanoTime();
      if (file.append(batch, note(position))) {
        commits.accept(System.nanoTime() - begun);
        stored = position;
        parts.clear();
        appended(batch, file.log().head());
      } else {
        checkSame(position, batch, file.log().head());
      }
    } catch (LogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * A batch was made for a head that its proposer had from entries before this one, which this
   * member has had too. If it had another then, or none so far, its store isn't the others'.
   */
  private static void checkSame(LogPosition at, Batch batch, Head head) throws IOException {
    boolean ahead = batch.expectedPosition() > head.position();
    boolean other =
        batch.expectedPosition() == head.position() && batch.expectedToken() != head.token();
    if (ahead || other) {
      throw new IOException(
          "this member's store differs from the others': entry %d is for position %d (token %x), and"
                  .formatted(at.index(), batch.expectedPosition(), batch.expectedToken())
              + " here is position %d (token %x)".formatted(head.position(), head.token()));
    }
  }

  /** What was gathered of a batch is void, so that its entries need not be given again. */
  private void change(LogPosition position, MemberChange change) throws IOException {
    parts.clear();
    try {
      membership.apply(change);
      file.note(note(position));
      stored = position;
    } catch (LogException | IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void appended(Batch batch, Head now) {
    lock.lock();
    try {
      head = now;
      recent.add(batch);
      tokens[(int) (now.position() % TOKENS)] = now.token();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void configured(LogPosition position, List<Peer> peers) {
    reached(position);
  }

  @Override
  public void passed(LogPosition position) {
    reached(position);
  }

  private void reached(LogPosition position) {
    lock.lock();
    try {
      applied = position;
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private ByteString note(LogPosition position) {
    return Note.newBuilder()
        .setApplied(Note.Applied.newBuilder().setTerm(position.term()).setIndex(position.index()))
        .setMembers(membership.toBytes())
        .build()
        .toByteString();
  }

  @Override
  public LogPosition persist() throws IOException {
    try {
      LogPosition settled = parts.settled(applied);
      if (settled.index() > stored.index()) {
        file.note(note(settled));
        stored = settled;
      }
      file.sync();
      return stored;
    } catch (LogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public LogPosition snapshot(Path to) throws IOException {
    try {
      file.copyTo(to);
      return position(Note.parseFrom(MemberFile.noteOf(to)));
    } catch (LogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void install(Path from, LogPosition position) throws IOException {
    installing = true;
    try {
      file.replace(from);
      Note note = Note.parseFrom(file.note());
      LogPosition found = position(note);
      if (!found.equals(position)) {
        throw new IOException("the state is at " + found + ", not at " + position);
      }
      membership.load(note.getMembers());
      stored = found;
      parts.clear();
      installed(file.log().head());
    } catch (LogException | InvalidProtocolBufferException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      installing = false;
    }
    reached(position);
  }

  /** Whether another member's file is being taken over. */
  boolean installing() {
    return installing;
  }

  /** Has the times of commits to the file told, on the applier's thread. */
  void tellCommits(LongConsumer told) {
    commits = told;
  }

  private void installed(Head now) {
    LOG.atInfo()
        .addKeyValue("revision", now.revision())
        .log("took over the store of another member, which the log doesn't reach any more");
    lock.lock();
    try {
      installs++;
      head = now;
      rememberedFrom = now.position() + 1;
      recent.clear();
    } finally {
      lock.unlock();
    }
  }

  /** How often another member's file was taken over. */
  long installs() {
    lock.lock();
    try {
      return installs;
    } finally {
      lock.unlock();
    }
  }

  /** The newest head of this member's file. */
  Head head() {
    lock.lock();
    try {
      return head;
    } finally {
      lock.unlock();
    }
  }

  /** Deletes rows of this member's file. */
  void prune(long[] ids) throws LogException {
    file.prune(ids);
    lock.lock();
    try {
      recent.pruned(RowId.revision(Arrays.stream(ids).max().orElse(0)));
    } finally {
      lock.unlock();
    }
  }

  /** What followed a head; null if that must be read from the file. */
  @Nullable Changes recentSince(Head known, int rowsMax) {
    lock.lock();
    try {
      if (known.equals(head)) {
        return new Changes(head, List.of(), List.of(), false);
      }
      // At the same position with another token: another store's.
      return known.position() == head.position() ? null : recent.since(known, head, rowsMax);
    } finally {
      lock.unlock();
    }
  }

  /** What became of a batch whose entry was applied. */
  enum Outcome {
    APPENDED,
    REFUSED,
    /** Too long ago to be known. */
    FORGOTTEN
  }

  Outcome outcome(Batch batch) {
    long position = batch.expectedPosition() + 1;
    lock.lock();
    try {
      if (position > head.position()) {
        return Outcome.REFUSED;
      }
      if (position < rememberedFrom || position <= head.position() - TOKENS) {
        return position == head.position() && head.token() == batch.token()
            ? Outcome.APPENDED
            : Outcome.FORGOTTEN;
      }
      boolean same = tokens[(int) (position % TOKENS)] == batch.token();
      return same ? Outcome.APPENDED : Outcome.REFUSED;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until an index is applied here; false if it isn't in time. */
  boolean awaitApplied(long index, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (applied.index() < index && left > 0) {
        left = advanced.awaitNanos(left);
      }
      return applied.index() >= index;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the head is past a position.
   *
   * @return the head's position then, or when the time is over
   */
  long awaitPast(long position, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (head.position() <= position && left > 0) {
        left = advanced.awaitNanos(left);
      }
      return head.position();
    } finally {
      lock.unlock();
    }
  }
}
