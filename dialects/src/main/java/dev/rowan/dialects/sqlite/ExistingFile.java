package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.LogException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that is opened to be read, and not made. */
public final class ExistingFile {
  private ExistingFile() {}

  /**
   * Opens it.
   *
   * @throws LogException.Unavailable if it isn't there, is served, or is a part of a quorum's
   */
  public static SqliteLog open(Path file) throws LogException {
    if (file.toFile().length() == 0) {
      throw new LogException.Unavailable(
          "there is no file " + file, new NoSuchFileException(file.toString()));
    }
    SqliteLog log = SqliteLog.open(file, true);
    boolean alone = false;
    try {
      alone = log.note().isEmpty();
    } finally {
      if (!alone) {
        log.close();
      }
    }
    if (!alone) {
      throw new LogException.Unavailable(
          file
              + " is of a quorum's member, and may lack what the others know: have etcdctl snapshot"
              + " save take it from one that runs",
          new IllegalStateException("a member's note"));
    }
    return log;
  }
}
