package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What the members keep the same by applying the same entries in the same order.
 *
 * <p>{@link #apply}, {@link #configured}, {@link #passed}, {@link #persist} and {@link #install}
 * are called by one thread, the applier, in the order of the log and without gaps: after {@code
 * applied()} returned n, the next is n+1, or an {@code install} of something later. Each of them
 * stores its position in the same transaction as what it changes, so that {@link #applied} is true
 * after a crash. Before all this the thread that opens the member may call {@code install}, of what
 * was received before the member ended. None may wait for the member: what it proposes or reads is
 * completed by this very thread.
 *
 * <p>The state need not be durable but for {@link #persist}: what a crash takes from it is applied
 * again from the log. What any of these methods throws stops the member.
 */
public interface RaftStateMachine {

  /**
   * Where the state is. Called before everything else by the thread that opens the member, and
   * again after an {@link #install} there that failed. What it says is durable on return.
   */
  LogPosition applied() throws IOException;

  /** Applies an entry that some member proposed. It is committed: it may be answered. */
  void apply(LogPosition position, ByteString entry) throws IOException;

  /** The members are these now. Between two sets the union may show for a moment. */
  void configured(LogPosition position, List<Peer> peers) throws IOException;

  /** Nothing to apply at this position. */
  void passed(LogPosition position) throws IOException;

  /**
   * Makes everything that was applied durable. The log before the position that it returns may be
   * deleted.
   */
  LogPosition persist() throws IOException;

  /**
   * Writes the whole state to a file that doesn't exist yet, for a member that is too far behind
   * for the log. Called by a thread of its own while entries are being applied. It need not be
   * fsynced.
   *
   * @return where the state in the file is: at or after the last {@link #persist}
   */
  LogPosition snapshot(Path file) throws IOException;

  /**
   * Takes over another member's state in place of this one's; durable on return. The file is the
   * one that {@link #snapshot} wrote there, verified; it is deleted afterwards unless it was moved.
   * If it fails the file is left as it is.
   */
  void install(Path file, LogPosition position) throws IOException;
}
