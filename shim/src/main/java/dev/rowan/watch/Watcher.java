package dev.rowan.watch;

import dev.rowan.mvcc.Change;
import dev.rowan.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.List;

/**
 * One watch of one stream. Belongs to the hub's thread, but for {@link #closed}, which a catch-up
 * reads too.
 *
 * <p>A watcher is <em>live</em> while it gets commits as they come, and <em>behind</em> while it
 * reads history: because it starts in the past, or because its stream could not take an event.
 */
final class Watcher {
  private final WatchStream stream;
  private final long id;
  private final KeyRange range;
  private final WatchOptions options;
  private final byte[] idPiece;

  /** Encoded events of the batch that is being delivered. */
  private final List<byte[]> pending = new ArrayList<>(1);

  private long nextRevision;
  private boolean live;
  private boolean catchingUp;
  private boolean quiet = true;
  private volatile boolean closed;

  /**
   * What a watcher asked for.
   *
   * @param puts whether it wants puts
   * @param deletions whether it wants deletions
   * @param previous whether events carry the key as it was before
   * @param progress whether it wants to hear now and then how far it is
   * @param fragments whether its client can put together a response that was cut into pieces
   */
  record WatchOptions(
      boolean puts, boolean deletions, boolean previous, boolean progress, boolean fragments) {}

  Watcher(WatchStream stream, long id, KeyRange range, WatchOptions options, long nextRevision) {
    this.stream = stream;
    this.id = id;
    this.range = range;
    this.options = options;
    this.nextRevision = nextRevision;
    this.idPiece = Encoding.watchId(id);
  }

  WatchStream stream() {
    return stream;
  }

  long id() {
    return id;
  }

  byte[] idPiece() {
    return idPiece;
  }

  KeyRange range() {
    return range;
  }

  WatchOptions options() {
    return options;
  }

  boolean wants(Change change) {
    return change.deletion() ? options.deletions : options.puts;
  }

  List<byte[]> pending() {
    return pending;
  }

  /** The first revision that it has not been sent. */
  long nextRevision() {
    return nextRevision;
  }

  void sentThrough(long revision) {
    nextRevision = Math.max(nextRevision, revision + 1);
  }

  boolean live() {
    return live;
  }

  void setLive(boolean live) {
    this.live = live;
  }

  /** Whether a reader is sending it history now. */
  boolean catchingUp() {
    return catchingUp;
  }

  void setCatchingUp(boolean catchingUp) {
    this.catchingUp = catchingUp;
  }

  /** Whether it got nothing since the last tick of its stream; asking begins the next period. */
  boolean takeQuiet() {
    boolean was = quiet;
    quiet = true;
    return was;
  }

  void heard() {
    quiet = false;
  }

  /** Whether it was cancelled: nothing may be sent to it any more. */
  boolean closed() {
    return closed;
  }

  void close() {
    closed = true;
  }
}
