package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.LogException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The connections that read. Thread safe; a thread that finds all of them taken waits. A connection
 * on which a call failed is closed, and opened again for the next call.
 */
final class SqliteReaders {
  /** As many as read at a time; a scan has its own. Readers in WAL mode hinder nobody. */
  private static final int CONNECTIONS = 2;

  private final DatabaseFile file;
  private final Interruption interruption;
  private final BlockingQueue<Slot> free = new ArrayBlockingQueue<>(CONNECTIONS);

  /** A place for one connection, which is opened when it is first needed. */
  private static final class Slot {
    private @Nullable SqliteReader reader;
  }

  private volatile boolean closed;

  /** What is to be read. */
  interface Read<T> {
    T with(SqliteReader reader) throws SQLException, LogException;
  }

  SqliteReaders(DatabaseFile file, Interruption interruption) {
    this.file = file;
    this.interruption = interruption;
    for (int i = 0; i < CONNECTIONS; i++) {
      free.add(new Slot());
    }
  }

  <T> T read(Read<T> read) throws LogException {
    Slot slot = take();
    try {
      if (closed) {
        throw new IllegalStateException("the log is closed");
      }
      if (slot.reader == null) {
        slot.reader = new SqliteReader(file.openReader(), interruption);
      }
      return read.with(slot.reader);
    } catch (SQLException e) {
      close(slot);
      throw SqliteErrors.translate(e, "reading " + file.path());
    } finally {
      free.add(slot);
    }
  }

  private Slot take() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return free.take();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void close(Slot slot) {
    SqliteReader reader = slot.reader;
    slot.reader = null;
    if (reader != null) {
      reader.close();
    }
  }

  /** Waits for the reads under way and closes every connection; who comes later is told. */
  void close() {
    closed = true;
    List<Slot> all = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Slot slot = take();
      close(slot);
      all.add(slot);
    }
    free.addAll(all);
  }
}
