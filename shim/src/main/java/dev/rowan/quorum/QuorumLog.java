package dev.rowan.quorum;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.Instance;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.sqlite.MemberFile;
import dev.rowan.proto.rowanpb.Entry;
import dev.rowan.proto.rowanpb.Members;
import dev.rowan.proto.rowanpb.Note;
import dev.rowan.raft.LeadershipListener;
import dev.rowan.raft.LogPosition;
import dev.rowan.raft.PeerCalls;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftException;
import dev.rowan.raft.RaftMember;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A revision log that the members of a quorum share, each with a whole copy of it in a file of its
 * own: what instances over one database have, without the database.
 *
 * <pre>
 * append   the batch is proposed as one entry. When a majority has it on disk every member applies
 *          it, in the same order: it is appended if the head is where it expects it, or refused
 * head     Raft's read index, and then this member's file: all that was acknowledged before
 * rows     this member's file
 * </pre>
 *
 * <p>What is pruned and defragmented is this member's file alone.
 */
public final class QuorumLog implements RevisionLog {
  private static final Logger LOG = LoggerFactory.getLogger(QuorumLog.class);

  /** Entries of one batch that are under way at a time: some, but far from all that may wait. */
  private static final int PARTS_AHEAD = 4;

  private final MemberFile file;
  private final QuorumMachine machine;
  private final RaftMember member;
  private final Duration patience;
  private final int partBytesMax;
  private final long memberId;

  /** Up to where it was told of appends. Of the one thread that waits for them. */
  private long told;

  /** The batch that is being appended here, of which nobody need be told. */
  private volatile long ownToken;

  private volatile boolean closed;

  private QuorumLog(MemberFile file, QuorumMachine machine, RaftMember member, RaftConfig config) {
    this.file = file;
    this.machine = machine;
    this.member = member;
    this.patience = config.timing().proposal();
    this.memberId = config.memberId();
    this.partBytesMax = config.limits().entryBytesMax() / 2;
    this.told = machine.head().position();
  }

  /**
   * Opens this member's file and takes part in the quorum. Returns before a leader is known.
   *
   * @param path of the file; made with its folder if it is missing
   * @param membership kept with the log
   */
  public static QuorumLog open(
      Path path,
      RaftConfig config,
      Membership membership,
      LeadershipListener listener,
      PeerCalls calls)
      throws LogException, RaftException {
    MemberFile file = MemberFile.open(path, config.clusterId());
    try {
      QuorumMachine machine = new QuorumMachine(file, membership);
      RaftMember member = RaftMember.open(config, machine, listener, calls);
      return new QuorumLog(file, machine, member, config);
    } catch (LogException | RaftException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Its id. */
  public long memberId() {
    return memberId;
  }

  /** This member of the quorum. */
  public RaftMember member() {
    return member;
  }

  /** Where this member applies the log. */
  QuorumMachine machine() {
    return machine;
  }

  /** The members as a file has them that nobody has open; it is made if it is missing. */
  static Members membersIn(Path path, long clusterId) throws LogException {
    try (MemberFile file = MemberFile.open(path, clusterId)) {
      return Members.parseFrom(Note.parseFrom(file.note()).getMembers());
    } catch (InvalidProtocolBufferException e) {
      throw new LogException.Corrupt(path + " holds what is no list of members", e);
    }
  }

  /** How often this member took over another's file, since it was opened. */
  public long installs() {
    return machine.installs();
  }

  @Override
  public boolean shared() {
    return true;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the log is closed");
    }
  }

  @Override
  public Head head() throws LogException {
    checkOpen();
    String doing = "asking the quorum for the head";
    try {
      long index = await(member.readIndex(), doing);
      if (!machine.awaitApplied(index, patience)) {
        throw new LogException.Unavailable(
            "this member is behind", new TimeoutException("entry " + index + " is not applied"));
      }
      return machine.head();
    } catch (LogException.UnknownOutcome e) {
      throw new LogException.Unavailable(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      throw new LogException.Unavailable(doing, interrupted(doing, e));
    }
  }

  /** The head of this member's file, which may be behind. */
  Head ownHead() {
    return machine.head();
  }

  @Override
  public void append(Batch batch) throws LogException {
    checkOpen();
    switch (machine.outcome(batch)) {
      case APPENDED -> {
        return;
      }
      case FORGOTTEN -> throw forgotten(batch);
      case REFUSED -> propose(batch);
    }
  }

  private void propose(Batch batch) throws LogException {
    Head now = machine.head();
    if (now.position() > batch.expectedPosition()) {
      throw conflict(batch, now);
    }
    ownToken = batch.token();
    Deque<CompletableFuture<LogPosition>> entries = new ArrayDeque<>();
    for (dev.rowan.proto.rowanpb.Batch part : BatchCodec.encode(batch, partBytesMax)) {
      if (entries.size() == PARTS_AHEAD) {
        LogPosition _ = await(entries.remove(), "appending");
      }
      entries.add(member.propose(Entry.newBuilder().setBatch(part).build().toByteString()));
    }
    while (!entries.isEmpty()) {
      LogPosition _ = await(entries.remove(), "appending");
    }
    switch (machine.outcome(batch)) {
      case APPENDED -> {}
      // It may be in the state that was taken over just now.
      case FORGOTTEN ->
          throw new LogException.UnknownOutcome("appending: forgotten", forgotten(batch));
      case REFUSED -> throw refused(batch);
    }
  }

  /** The head moved; or another large batch came between the entries of this one. */
  private LogException refused(Batch batch) {
    Head now = machine.head();
    return now.position() > batch.expectedPosition()
        ? conflict(batch, now)
        : new LogException.Unavailable(
            "appending: another batch came between", new IllegalStateException("refused"));
  }

  private static LogException.Conflict conflict(Batch batch, Head now) {
    return new LogException.Conflict(
        "the head is at position " + now.position() + ", expected " + batch.expectedPosition());
  }

  private static LogException.Pruned forgotten(Batch batch) {
    return new LogException.Pruned(
        "what became of a batch for position " + batch.expectedPosition() + " is forgotten");
  }

  private <T> T await(CompletableFuture<T> asked, String doing) throws LogException {
    try {
      return asked.get(patience.multipliedBy(2).toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw interrupted(doing, e);
    } catch (TimeoutException e) {
      throw new LogException.UnknownOutcome(doing + ": no answer", e);
    } catch (ExecutionException e) {
      throw translated(doing, e.getCause());
    }
  }

  private static LogException translated(String doing, @Nullable Throwable cause) {
    return switch (cause) {
      case RaftException.UnknownOutcome e ->
          new LogException.UnknownOutcome(doing + ": " + e.getMessage(), e);
      case RaftException e -> new LogException.Unavailable(doing + ": " + e.getMessage(), e);
      case RuntimeException e -> throw e;
      case null, default -> throw new IllegalStateException(doing, cause);
    };
  }

  /** The sequencer is interrupted to stop: what it does then is of no consequence. */
  private static LogException interrupted(String doing, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new LogException.UnknownOutcome(doing + ": interrupted", e);
  }

  @Override
  public long awaitAppend(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      long position = machine.awaitPast(told, left);
      if (closed || position <= told) {
        return NOTHING_TOLD;
      }
      told = position;
      // Of its own batch the sequencer knows.
      if (machine.head().token() != ownToken) {
        return position;
      }
    }
  }

  /** What is to be read of this member's file. */
  private interface Read<T> {
    T of(RevisionLog log) throws LogException;
  }

  /** The file was replaced by another member's while it was read. */
  private static final class Replaced extends Exception {
    private static final long serialVersionUID = 1L;

    Replaced(Exception cause) {
      super("another member's file was taken over meanwhile", cause);
    }
  }

  private <T> T attempt(Read<T> read) throws LogException, Replaced {
    RevisionLog log = file.log();
    try {
      return read.of(log);
    } catch (LogException | IllegalStateException e) {
      if (file.settledLog().equals(log)) {
        throw e;
      }
      throw new Replaced(e);
    }
  }

  /** Reads; again if the file was replaced. */
  private <T> T read(Read<T> read) throws LogException {
    while (true) {
      try {
        return attempt(read);
      } catch (Replaced e) {
        LOG.debug("reading again", e);
      }
    }
  }

  /** Reads what a visitor has seen a part of if the file was replaced. */
  private <T> T readOnce(Read<T> read) throws LogException {
    try {
      return attempt(read);
    } catch (Replaced e) {
      throw new LogException.Unavailable(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public Head load(LoadVisitor visitor) throws LogException {
    return readOnce(log -> log.load(visitor));
  }

  @Override
  public Filling fill() {
    throw new UnsupportedOperationException("a quorum's members are filled before they begin");
  }

  @Override
  public Changes changesSince(Head known, int rowsMax) throws LogException {
    Changes recent = machine.recentSince(known, rowsMax);
    return recent != null ? recent : read(log -> log.changesSince(known, rowsMax));
  }

  @Override
  public List<@Nullable LogRow> rows(long[] ids) throws LogException {
    return read(log -> log.rows(ids));
  }

  @Override
  public void scan(long throughId, ScanVisitor visitor) throws LogException {
    var _ =
        readOnce(log -> {
          log.scan(throughId, visitor);
          return true;
        });
  }

  @Override
  public void prune(long[] ids) throws LogException {
    machine.prune(ids);
  }

  @Override
  public void idle() throws LogException {
    file.idle();
  }

  @Override
  public void defragment() throws LogException {
    file.defragment();
  }

  @Override
  public List<Instance> announce(Instance self) {
    return List.of(self);
  }

  @Override
  public void leave(Instance self) {}

  @Override
  public LogSize size() throws LogException {
    return read(RevisionLog::size);
  }

  @Override
  public void interrupt() {
    file.log().interrupt();
  }

  @Override
  public void close() {
    closed = true;
    member.close();
    file.close();
  }
}
