package dev.rowan.dialects.sqlite;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.Instance;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.Schema;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The revision log in one SQLite file, which this process alone has open. One connection writes, in
 * WAL mode with a sync for each commit; two others read beside it.
 *
 * <p>A commit that fails leaves the writer's connection in doubt, so it is closed. The next append
 * opens another and reads from the file what became of the batch.
 */
public final class SqliteLog implements RevisionLog {
  /**
   * Bytes of file and WAL up to which a file that was not closed is checked entirely before it is
   * served. The check of 587 MB, a million rows of 512 B, took 1.0 s on two busy cores; a larger
   * file is left to the load, which walks every leaf of the log and misses no revision.
   */
  private static final long CHECK_BYTES_MAX = 256 << 20;

  private final DatabaseFile file;
  private final Interruption interruption = new Interruption();
  private final SqliteReaders readers;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Null after an error, until the next append. Only the appending thread uses it. */
  private @Nullable SqliteWriter writer;

  /** The head as this process committed it; null while that is not known. */
  private volatile @Nullable Head head;

  /** Whether the WAL may hold something. Only the appending thread uses it. */
  private boolean dirty = true;

  private SqliteLog(DatabaseFile file) {
    this.file = file;
    this.readers = new SqliteReaders(file, interruption);
  }

  /**
   * Opens the log, and creates file and folder if they are missing.
   *
   * @param fsync whether a commit waits for the disk. Without it a power cut may take acknowledged
   *     writes along, and may damage the file
   * @throws LogException.Unavailable if another process has the file, or it cannot be opened
   * @throws LogException.Corrupt if the file is damaged or not Rowan's; it is left as it is
   */
  public static SqliteLog open(Path path, boolean fsync) throws LogException {
    DatabaseFile.Sync sync = fsync ? DatabaseFile.Sync.COMMITS : DatabaseFile.Sync.NOTHING;
    return open(path, sync, Schema.newClusterId());
  }

  /**
   * Likewise.
   *
   * @param clusterId of the store, if it is made
   */
  static SqliteLog open(Path path, DatabaseFile.Sync sync, long clusterId) throws LogException {
    DatabaseFile file = DatabaseFile.claim(path, sync);
    SqliteLog log = new SqliteLog(file);
    try {
      log.start(clusterId);
      return log;
    } catch (LogException e) {
      log.close();
      throw e;
    }
  }

  private void start(long clusterId) throws LogException {
    boolean unclean = file.walBytes() > 0;
    long bytes = file.path().toFile().length() + file.walBytes();
    try {
      file.migrate(clusterId);
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "opening " + file.path());
    }
    if (unclean && bytes <= CHECK_BYTES_MAX) {
      String verdict = readers.read(SqliteReader::quickCheck);
      if (!verdict.equals("ok")) {
        throw new LogException.Corrupt(
            file.path() + " is damaged: " + verdict + ". Restore a backup", null);
      }
    }
    writer();
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  public Head head() throws LogException {
    checkOpen();
    Head known = head;
    return known == null ? readers.read(SqliteReader::head) : known;
  }

  @Override
  public Head load(LoadVisitor visitor) throws LogException {
    checkOpen();
    return readers.read(reader -> reader.load(visitor));
  }

  @Override
  public Filling fill() throws LogException {
    return fill(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE), ByteString.EMPTY);
  }

  /** Likewise, with the token that the head is to have, and a note; empty for none. */
  Filling fill(long token, ByteString note) throws LogException {
    checkOpen();
    SqliteWriter open = writer();
    Head fresh = head();
    fresh.checkFresh();
    return new SqliteFilling(open, fresh, file.path().toString(), token, note, this::filled);
  }

  /** Takes over the head that a filling led to; null if it was given up. */
  private void filled(@Nullable Head filled) {
    dirty = true;
    if (filled == null) {
      discardWriter();
    } else {
      head = filled;
    }
  }

  @Override
  public Changes changesSince(Head known, int rowsMax) throws LogException {
    checkOpen();
    return readers.read(reader -> reader.changesSince(known, rowsMax));
  }

  @Override
  public List<@Nullable LogRow> rows(long[] ids) throws LogException {
    checkOpen();
    @Nullable LogRow[] found = new @Nullable LogRow[ids.length];
    readers.read(reader -> {
      reader.rows(ids, found);
      return found;
    });
    return Arrays.asList(found);
  }

  /**
   * {@inheritDoc}
   *
   * <p>On a connection of its own: the others go on with the reads of requests.
   */
  @Override
  public void scan(long throughId, ScanVisitor visitor) throws LogException {
    checkOpen();
    interruption.check();
    try (SqliteReader reader = new SqliteReader(file.openReader(), interruption)) {
      reader.scan(throughId, visitor);
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "reading " + file.path());
    }
  }

  @Override
  public void append(Batch batch) throws LogException {
    checkOpen();
    try {
      SqliteWriter open = writer();
      Head before = head();
      if (before.token() == batch.token()) {
        return;
      }
      if (before.position() != batch.expectedPosition() || !open.append(batch)) {
        throw new LogException.Conflict(
            "the head is at position %d, the batch expects %d"
                .formatted(before.position(), batch.expectedPosition()));
      }
      dirty = true;
      moved(before, batch);
    } catch (SQLException e) {
      discardWriter();
      findOut(batch, e);
    }
  }

  /**
   * Appends a batch, if the head is where it expects it, along with what is of this file alone. An
   * error leaves the writer in doubt, and the log to be opened anew.
   *
   * @return false, with nothing changed, if the head is elsewhere
   */
  boolean append(Batch batch, ByteString note) throws LogException {
    Head before = head();
    if (before.position() != batch.expectedPosition() || before.token() != batch.expectedToken()) {
      return false;
    }
    writing(
        "appending to ",
        open -> {
          if (!open.append(batch, note)) {
            throw new SQLException("the head has moved by itself");
          }
        });
    dirty = true;
    moved(before, batch);
    return true;
  }

  /** Stores what is of this file alone. */
  void note(ByteString note) throws LogException {
    writing("writing to ", open -> open.note(note));
    dirty = true;
  }

  /** What {@link #note} or an append stored last; empty if nothing was. */
  ByteString note() throws LogException {
    return readers.read(SqliteReader::note);
  }

  /** Brings every commit to the disk. */
  void sync() throws LogException {
    writing("syncing ", SqliteWriter::checkpoint);
    file.sync();
  }

  /** Writes a copy of the file, as it is committed now, to one that doesn't exist. */
  void copyTo(Path copy) throws LogException {
    checkOpen();
    interruption.check();
    try (SqliteReader reader = new SqliteReader(file.openReader(), interruption)) {
      reader.copyTo(copy);
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "copying " + file.path() + " to " + copy);
    }
  }

  private void moved(Head before, Batch batch) {
    head =
        new Head(
            batch.expectedPosition() + 1,
            batch.revision(),
            batch.compactRevision(),
            batch.token(),
            before.clusterId());
  }

  /**
   * Finds out what became of a batch after an error: the driver's commit also begins the next
   * transaction, so it can fail after the batch is durable. Where the disk itself failed, the batch
   * may have reached it all the same, and would come back with the recovery after a crash: so it is
   * not reported as absent unless it was appended again, which overwrites it.
   */
  private void findOut(Batch batch, SQLException e) throws LogException {
    String doing = "appending to " + file.path();
    try {
      if (writer() != null && head().token() == batch.token()) {
        return;
      }
    } catch (LogException reading) {
      e.addSuppressed(reading);
      throw new LogException.UnknownOutcome(doing + ": " + e.getMessage(), e);
    }
    if (!SqliteErrors.io(e)) {
      throw SqliteErrors.translate(e, doing);
    }
    throw new LogException.UnknownOutcome(doing + ": " + e.getMessage(), e);
  }

  @Override
  public void prune(long[] ids) throws LogException {
    checkOpen();
    if (ids.length > PRUNE_ROWS_MAX) {
      throw new IllegalArgumentException(ids.length + " rows to prune at once");
    }
    writing("pruning ", open -> open.prune(ids));
    dirty = true;
  }

  @Override
  public void idle() throws LogException {
    checkOpen();
    if (dirty) {
      writing("checkpointing ", open -> dirty = open.tidy());
    }
  }

  @Override
  public void defragment() throws LogException {
    checkOpen();
    interruption.check();
    dirty = true; // should it fail, its WAL is still to be carried over
    writing("defragmenting ", open -> dirty = open.vacuum(interruption));
  }

  /** What is to be written. */
  private interface Write {
    void with(SqliteWriter writer) throws SQLException;
  }

  private void writing(String doing, Write write) throws LogException {
    try {
      write.with(writer());
    } catch (SQLException e) {
      discardWriter();
      throw SqliteErrors.translate(e, doing + file.path());
    }
  }

  /** {@inheritDoc} The lock on the file has let no other in. */
  @Override
  public List<Instance> announce(Instance self) {
    return List.of(self);
  }

  @Override
  public void leave(Instance self) {}

  @Override
  public long awaitAppend(Duration atMost) {
    throw new IllegalStateException("nobody else appends to a file");
  }

  @Override
  public LogSize size() throws LogException {
    checkOpen();
    return readers.read(reader -> reader.size(file.walBytes()));
  }

  @Override
  public void interrupt() {
    interruption.set();
  }

  private SqliteWriter writer() throws LogException {
    SqliteWriter open = writer;
    if (open == null) {
      try {
        open = new SqliteWriter(file.openWriter());
        head = open.head();
        writer = open;
      } catch (SQLException e) {
        throw SqliteErrors.translate(e, "opening " + file.path());
      }
    }
    return open;
  }

  private void discardWriter() {
    head = null;
    SqliteWriter discarded = writer;
    writer = null;
    if (discarded != null) {
      discarded.close();
    }
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the log is closed");
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      readers.close();
      discardWriter();
      file.close();
    }
  }
}
