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
   * @throws SnapshotException if the file is damaged or the store is not empty, and nothing is
   *     restored, unless the message says otherwise; it is for the user
   */
  public static Restored restore(Path file, boolean skipHashCheck, Endpoint target)
      throws SnapshotException {
    return reading(
        file, skipHashCheck, (reader, bytes) -> restore(reader, Header.read(reader), target));
  }

  /**
   * Restores a file that is open, with its SHA-256 at the end.
   *
   * @param name of it in messages
   * @throws SnapshotException likewise
   */
  public static Restored restore(FileChannel file, String name, Endpoint target)
      throws SnapshotException {
    try {
      BoltReader reader = BoltReader.of(file, Checksum.check(file, name, false));
      return restore(reader, Header.read(reader), target);
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
  public static Restored restore(Path file, boolean skipHashCheck, SeededMember target)
      throws SnapshotException {
    return reading(
        file,
        skipHashCheck,
        (reader, bytes) ->
            restore(reader, Header.read(reader), target, Checksum.token(file, bytes)));
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

  private static Restored restore(BoltReader file, Header header, Endpoint target)
      throws IOException, SnapshotException {
    try (Destination destination = Destination.open(target)) {
      return fill(destination, file, header);
    } catch (LogException e) {
      throw new SnapshotException(explain(e, target.toString()), e);
    }
  }

  private static Restored restore(BoltReader file, Header header, SeededMember target, long token)
      throws IOException, SnapshotException {
    if (Files.exists(target.folder())) {
      throw new SnapshotException(
          target.folder()
              + " is of a member that has run: delete its data directory, or name another");
    }
    String name = target.file().toString();
    try (Destination destination = new Destination(name, target.fill(token), null)) {
      return fill(destination, file, header);
    } catch (LogException e) {
      throw new SnapshotException(explain(e, name), e);
    }
  }

  private static Restored fill(Destination target, BoltReader file, Header header)
      throws IOException, SnapshotException, LogException {
    History history = new History(header.compactRevision(), target);
    file.forEach(Schema.KEY, history);
    for (Kept kept : Kept.values()) {
      file.<LogException>forEach(kept.bucket, (key, value) -> target.add(kept.row(key, value)));
    }
    return target.finish(history.revision(), header.compactRevision());
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
