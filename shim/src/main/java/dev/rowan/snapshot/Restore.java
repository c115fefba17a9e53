package dev.rowan.snapshot;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.quorum.SeededMember;
import dev.rowan.snapshot.bolt.BoltReader;
import dev.rowan.snapshot.bolt.DamagedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Restores a snapshot, of etcd or of Rowan, into an empty store: the keys with their revisions, the
 * compact revision, leases, users, roles and alarms. The members are not: the store has a cluster
 * id of its own, so that no client takes it for the one that the snapshot is of.
 *
 * <p>All of it is one transaction. If anything fails, the store is as empty as before, and the next
 * try may use it.
 */
public final class Restore {
  private Restore() {}

  /**
   * Restores.
   *
   * @param skipHashCheck whether the file need not end with its SHA-256
   * @param progress is told of the file's bytes
   * @throws SnapshotException if the file is damaged or the store is not empty, and nothing is
   *     restored, unless the message says otherwise; it is for the user
   */
  public static Restored restore(
      Path file, boolean skipHashCheck, Endpoint target, Progress progress)
      throws SnapshotException {
    return reading(
        file,
        skipHashCheck,
        (reader, bytes) -> restore(Source.of(reader, bytes, progress), target));
  }

  /**
   * Restores a file that is open, with its SHA-256 at the end.
   *
   * @param name of it in messages
   * @throws SnapshotException likewise
   */
  public static Restored restore(FileChannel file, String name, Endpoint target, Progress progress)
      throws SnapshotException {
    try {
      long bytes = Checksum.check(file, name, false);
      return restore(Source.of(BoltReader.of(file, bytes), bytes, progress), target);
    } catch (DamagedException e) {
      throw new SnapshotException(name + " cannot be restored: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SnapshotException("reading " + name + ": " + e, e);
    }
  }

  /**
   * Restores one of the members of a new quorum. Each is given the same file, on its own machine.
   *
   * @throws SnapshotException likewise
   */
  public static Restored restore(
      Path file, boolean skipHashCheck, SeededMember target, Progress progress)
      throws SnapshotException {
    return reading(
        file,
        skipHashCheck,
        (reader, bytes) ->
            restore(Source.of(reader, bytes, progress), target, Checksum.token(file, bytes)));
  }

  /** A snapshot that is read, and who is told how far. */
  private static final class Source {
    private final BoltReader file;
    private final Header header;
    private final long bytes;
    private final Progress progress;
    private long read;

    private Source(BoltReader file, Header header, long bytes, Progress progress) {
      this.file = file;
      this.header = header;
      this.bytes = bytes;
      this.progress = progress;
    }

    static Source of(BoltReader file, long bytes, Progress progress)
        throws IOException, SnapshotException {
      return new Source(file, Header.read(file), bytes, progress);
    }

    <E extends Exception> void forEach(String bucket, BoltReader.Visitor<E> visitor)
        throws IOException, E {
      file.<E>forEach(
          bucket,
          (key, value) -> {
            visitor.entry(key, value);
            read += key.size() + value.size();
            progress.at(read, bytes);
          });
    }
  }

  /** What is done with a snapshot whose checksum is right. */
  private interface Restoring {
    Restored from(BoltReader reader, long bytes) throws IOException, SnapshotException;
  }

  private static Restored reading(Path file, boolean skipHashCheck, Restoring restoring)
      throws SnapshotException {
    try {
      long bytes = Checksum.check(file, skipHashCheck);
      try (BoltReader reader = BoltReader.open(file, bytes)) {
        return restoring.from(reader, bytes);
      }
    } catch (NoSuchFileException e) {
      throw new SnapshotException("there is no file " + file, e);
    } catch (DamagedException e) {
      throw new SnapshotException(file + " cannot be restored: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SnapshotException("reading " + file + ": " + e, e);
    }
  }

  private static Restored restore(Source source, Endpoint target)
      throws IOException, SnapshotException {
    try (Destination destination = Destination.open(target)) {
      return fill(destination, source);
    } catch (LogException e) {
      throw new SnapshotException(explain(e, target.toString()), e);
    }
  }

  private static Restored restore(Source source, SeededMember target, long token)
      throws IOException, SnapshotException {
    if (Files.exists(target.folder())) {
      throw new SnapshotException(
          target.folder()
              + " is of a member that has run: delete its data directory, or name another");
    }
    String name = target.file().toString();
    try (Destination destination = new Destination(name, target.fill(token), null)) {
      return fill(destination, source);
    } catch (LogException e) {
      throw new SnapshotException(explain(e, name), e);
    }
  }

  private static Restored fill(Destination target, Source source)
      throws IOException, SnapshotException, LogException {
    long compactRevision = source.header.compactRevision();
    History history = new History(compactRevision, target);
    source.forEach(Schema.KEY, history);
    for (Kept kept : Kept.values()) {
      source.<LogException>forEach(kept.bucket, (key, value) -> target.add(kept.row(key, value)));
    }
    Restored restored = target.finish(history.revision(), compactRevision);
    // Pages are never full: what was read is less than the file.
    source.progress.at(source.bytes, source.bytes);
    return restored;
  }

  /** Why a store can't be filled, for the user. */
  public static String explain(LogException e, String target) {
    return switch (e) {
      case LogException.Conflict _ ->
          target + " is not empty: " + e.getMessage() + ". Name a new one";
      case LogException.UnknownOutcome _ ->
          e.getMessage()
              + ". Whether everything was restored cannot be told: try again, and it is refused if"
              + " it was";
      default -> String.valueOf(e.getMessage());
    };
  }
}
