package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.LogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second process, and a second open in this one, away from a database file, by a lock on a
 * file beside it. The kernel drops the lock when the process dies, however it dies.
 */
final class FileLock implements AutoCloseable {
  /**
   * The databases open in this process. Asked before the lock file is touched: closing any channel
   * of a file drops the POSIX locks that the process holds on it.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path database;
  private final FileChannel channel;

  private FileLock(Path database, FileChannel channel) {
    this.database = database;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param database its real path, so that two names of one file are one
   */
  static FileLock take(Path database) throws LogException, IOException {
    if (!OPEN.add(database)) {
      throw held(database, "this process, pid " + ProcessHandle.current().pid());
    }
    FileChannel channel = null;
    try {
      Path file = database.resolveSibling(database.getFileName() + ".lock");
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      Files.setPosixFilePermissions(file, DatabaseFile.FILE_MODE);
      if (channel.tryLock() == null) {
        throw held(database, "the process with pid " + Files.readString(file).strip());
      }
      writePid(channel);
      return new FileLock(database, channel);
    } catch (LogException | IOException e) {
      OPEN.remove(database);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static void writePid(FileChannel channel) throws IOException {
    byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(pid), 0);
  }

  private static LogException held(Path database, String holder) {
    IllegalStateException cause = new IllegalStateException("the file is locked");
    return new LogException.Unavailable(
        database + " is in use by " + holder + ". A SQLite file serves one process", cause);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing the lock file of " + database, e);
    } finally {
      OPEN.remove(database);
    }
  }
}
