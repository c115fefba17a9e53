package dev.rowan.dialects;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The append-only log of revisions in one database, with the head that orders it and the meta state
 * that changes along with it.
 *
 * <p>{@link #append}, {@link #prune} and {@link #idle} are called by one thread at a time, the
 * sequencer, and {@link #defragment} where the log is not shared; everything else by any thread.
 * All methods block on the database.
 */
public interface RevisionLog extends AutoCloseable {

  /** Whether other instances may append to the same log. */
  boolean shared();

  /** Reads the head as it is committed now. Never from a replica, never from a cache. */
  Head head() throws LogException;

  /**
   * Reads the whole log in one snapshot, without values: first every meta row that is not removed,
   * then every row in id order.
   *
   * @return the head of that snapshot
   * @throws LogException.Corrupt if the store is damaged; the message says where
   */
  Head load(LoadVisitor visitor) throws LogException;

  /** Receives a log that is being loaded. */
  interface LoadVisitor {
    void meta(MetaRow row);

    /** One row; {@code version} 0 is a deletion. The array belongs to the visitor. */
    void row(long id, byte[] key, long createRevision, long version, long leaseId);
  }

  /**
   * Begins to fill a log that nothing was ever appended to. Called by the thread that appends,
   * which does nothing else with the log until the filling is closed.
   *
   * @throws LogException.Conflict if something was appended to it
   */
  Filling fill() throws LogException;

  /**
   * Reads what was appended after {@code known}, about {@code rowsMax} rows at most but always
   * whole revisions, in id order, with values.
   *
   * @throws LogException.Pruned if rows or removals after {@code known} were deleted already
   * @throws LogException.Corrupt if the log went backwards, or is not the one that was known
   */
  Changes changesSince(Head known, int rowsMax) throws LogException;

  /**
   * What followed a head that the caller knew.
   *
   * @param head how far the changes reach: its revision is that of the last row where more follows
   * @param rows in id order, whole revisions
   * @param meta every meta change after the known head, removals included; empty until the last
   *     page
   * @param more whether further changes are committed already
   */
  record Changes(Head head, List<LogRow> rows, List<MetaRow> meta, boolean more) {}

  /**
   * Appends a batch in one transaction, if the head is still where the batch expects it. On return
   * it is durable and visible to every instance. Appending a batch that the log's newest batch
   * already is (same token) returns as if it had been appended now.
   *
   * @throws LogException.Conflict if the head moved; nothing was appended
   * @throws LogException.Unavailable if the database cannot be reached; nothing was appended
   * @throws LogException.UnknownOutcome if it cannot be known whether it was appended
   * @throws LogException.Full if the database has no space left; nothing was appended
   * @throws LogException.Pruned if the expected head is older than {@link #BATCHES_REMEMBERED}
   *     batches: this call appended nothing, and what became of an earlier try cannot be known
   */
  void append(Batch batch) throws LogException;

  /** How long an instance that appends waits for its turn at most. */
  Duration TURN_WAIT_MAX = Duration.ofMillis(500);

  /**
   * Waits until no other instance has a turn: those that append by turns do not overtake each other
   * and come in the order in which they asked. A courtesy that spares conflicts, and no more:
   * whoever's turn it is, {@link #append} decides. Called by the thread that appends. A log has no
   * turns unless it says otherwise.
   *
   * @return what had followed {@code known} when the turn came, as {@link #changesSince} reads it:
   *     this instance has the turn until it appends, or until {@link #endTurn}. Null without a
   *     turn: it took too long, or something failed, or the log has none
   */
  default @Nullable Changes takeTurn(Head known, int rowsMax) {
    return null;
  }

  /** Lets the next one have its turn, if this one has it still. */
  default void endTurn() {}

  /** The rows with these ids, in the order asked for; null where the log no longer has one. */
  List<@Nullable LogRow> rows(long[] ids) throws LogException;

  /**
   * Gives the log to a visitor in one snapshot, with values: its head, then every meta row, then
   * every row up to an id. A few megabytes of it are held in memory at a time. What is appended,
   * compacted or pruned meanwhile is not seen, however long the visitor takes; but until it is done
   * the database keeps what was pruned (SQLite lets its WAL grow, PostgreSQL does not vacuum).
   *
   * <p>What the visitor throws ends the scan and comes through as it is.
   *
   * @param throughId the last id that is wanted; {@link Long#MAX_VALUE} for all rows
   * @throws LogException.Corrupt if the store is damaged; the message says where
   */
  void scan(long throughId, ScanVisitor visitor) throws LogException;

  /**
   * Receives a snapshot of the log. Where one reads or writes a file, its IOException goes through
   * the scan as an {@link java.io.UncheckedIOException}.
   */
  interface ScanVisitor {
    /** Takes the head of the snapshot, before anything else. Returns whether to go on. */
    boolean head(Head head);

    /** Takes a meta row that is not removed; by bucket and id, both in unsigned byte order. */
    default void meta(MetaRow row) {}

    /** Takes a row; in id order, after every meta row. */
    void row(LogRow row);
  }

  /** Rows that one call of {@link #prune} takes: a few milliseconds of the sequencer's time. */
  int PRUNE_ROWS_MAX = 1000;

  /**
   * Meta rows that were removed this many batches ago are forgotten, and so is whether a batch that
   * old was appended. At 4,000 batches a second, the most that PostgreSQL took from one instance,
   * an instance may be cut off for 65 s; beyond that it gets {@link LogException.Pruned} and loads
   * the log again, so the number bounds space, not correctness.
   */
  long BATCHES_REMEMBERED = 1 << 18;

  /**
   * Deletes exactly these rows, at most {@link #PRUNE_ROWS_MAX}, and forgets as many removed meta
   * rows of more than {@link #BATCHES_REMEMBERED} batches ago.
   */
  void prune(long[] ids) throws LogException;

  /**
   * Does what is best done while no request waits, for a few milliseconds at most: a checkpoint.
   */
  void idle() throws LogException;

  /**
   * Makes the space of deleted rows free: for the file system if the log is not shared, in which
   * case the appending thread calls it and appends wait until it is done; for the next rows at
   * least if it is shared, and then nobody waits. May take minutes.
   *
   * @throws LogException.Full if there is no space for the work; nothing was changed
   */
  void defragment() throws LogException;

  /** How long an instance counts as living since it announced itself, by the database's clock. */
  Duration INSTANCE_LIVES = Duration.ofSeconds(10);

  /**
   * Tells the instances of a shared log that this one lives, and learns which others do.
   *
   * @return the living, this one among them, in the order in which they joined
   */
  List<Instance> announce(Instance self) throws LogException;

  /** Takes this instance out of the living. */
  void leave(Instance self) throws LogException;

  /** What {@link #awaitAppend} returns if nothing was told. */
  long NOTHING_TOLD = 0;

  /**
   * Waits until the database tells of another instance's append to a shared log, or the time is
   * over, or the log is closed. Not everything is told: who must know asks for the head. Called by
   * one thread at a time.
   *
   * @return the newest position that it told of, or {@link #NOTHING_TOLD}
   */
  long awaitAppend(Duration atMost) throws InterruptedException;

  /** Space of the store as the database counts it. */
  LogSize size() throws LogException;

  /**
   * The space a store takes.
   *
   * @param bytes allocated on disk
   * @param bytesInUse of those, not free for the next rows
   */
  record LogSize(long bytes, long bytesInUse) {}

  /**
   * Ends what may take long, for good, so that a server can stop: loads, scans and defragmenting
   * that are under way throw {@link LogException.Unavailable} soon, later ones at once. Everything
   * else goes on. Any thread; returns within a few seconds, whatever became of the database.
   */
  void interrupt();

  @Override
  void close();
}
