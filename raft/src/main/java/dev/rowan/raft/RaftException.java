package dev.rowan.raft;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What can go wrong with a member. */
public abstract sealed class RaftException extends Exception {

  private RaftException(String message) {
    super(message);
  }

  private RaftException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The listen address is taken, or not this machine's. */
  public static final class AddressUnusable extends RaftException {
    AddressUnusable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The folder holds the log of another cluster or member, or of none. */
  public static final class WrongFolder extends RaftException {
    WrongFolder(String message) {
      super(message);
    }
  }

  /** A file of the log, or of what belongs to it, cannot be read any more. Nothing was changed. */
  public static final class DamagedLog extends RaftException {
    private final Path file;

    DamagedLog(Path file, String message) {
      super(file + ": " + message);
      this.file = file;
    }

    public Path file() {
      return file;
    }
  }

  /** The member could not start for another reason. */
  public static final class NotStarted extends RaftException {
    NotStarted(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Too much waits already. Nothing was proposed or asked. */
  public static final class Busy extends RaftException {
    Busy(String message) {
      super(message);
    }
  }

  /** No leader took it within the time. It isn't in the order and never will be. */
  public static final class NotProposed extends RaftException {
    NotProposed(String message) {
      super(message);
    }
  }

  /**
   * It was sent to a leader, or to the member that was called, and it isn't known what became of
   * it: it may still be applied or carried out, at most once.
   */
  public static final class UnknownOutcome extends RaftException {
    UnknownOutcome(String message) {
      super(message);
    }
  }

  /** A call that no other member carried out or will: it wasn't reached, or isn't ready. */
  public static final class NotSent extends RaftException {
    NotSent(String message) {
      super(message);
    }
  }

  /** Nobody at the address said who it is: not reached, another program, or not ready yet. */
  public static final class NotDiscovered extends RaftException {
    NotDiscovered(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** No leader could be asked within the time. */
  public static final class NoLeader extends RaftException {
    NoLeader(String message) {
      super(message);
    }
  }

  /** The change of members cannot be made; nothing was changed. */
  public static final class ChangeRefused extends RaftException {
    ChangeRefused(String message) {
      super(message);
    }
  }

  /** The member is stopped. */
  public static final class Stopped extends RaftException {
    Stopped() {
      super("the member is stopped");
    }
  }
}
