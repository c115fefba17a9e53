package dev.rowan.watch;

import dev.rowan.dialects.LogException;
import dev.rowan.mvcc.index.KeyIndexView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one watcher the history between its next revision and a view, as fast as its stream takes
 * it. Runs on a reader's thread, since values may have to come from the database.
 */
final class CatchUp {
  private static final Logger log = LoggerFactory.getLogger(CatchUp.class);

  /** Revisions looked at in one go: bounds what is held for one watcher. */
  private static final long WINDOW_REVISIONS = 10_000;

  /** Revisions whose rows are read at once: with values of the greatest size, some 25 MB. */
  private static final int READ_REVISIONS = 8;

  private final WatchHub hub;
  private final Watcher watcher;
  private final KeyIndexView view;
  private long next;

  CatchUp(WatchHub hub, Watcher watcher, KeyIndexView view) {
    this.hub = hub;
    this.watcher = watcher;
    this.view = view;
    this.next = watcher.nextRevision();
  }

  void run() {
    try {
      while (next <= view.revision() && !watcher.closed() && watcher.stream().ready()) {
        long through = Math.min(view.revision(), next + WINDOW_REVISIONS - 1);
        if (!send(History.find(view, watcher, next, through))) {
          break;
        }
        next = through + 1;
      }
    } catch (LogException e) {
      log.atWarn().addKeyValue("error", e.getMessage()).log("a watcher's history cannot be read");
      pause();
    } finally {
      hub.caughtUp(watcher, next - 1);
    }
  }

  /** Sends a window's changes; false if the stream has no room for all, or they are compacted. */
  private boolean send(History history) throws LogException {
    byte[] header = Encoding.header(hub.identity().header(view.revision()));
    int from = 0;
    while (from < history.size()) {
      if (!watcher.stream().ready()) {
        return false;
      }
      List<byte[]> events = new ArrayList<>();
      int to = read(history, from, events);
      if (to == from || !watcher.stream().send(watcher, header, events)) {
        return false;
      }
      hub.metrics().eventsSent(events.size());
      next = history.revisionBefore(to) + 1;
      from = to;
    }
    return true;
  }

  /** Reads whole revisions until a response is full; gives the place reached. */
  private int read(History history, int from, List<byte[]> events) throws LogException {
    int at = from;
    long bytes = 0;
    while (at < history.size() && bytes < WatchHub.RESPONSE_BYTES) {
      int to = history.endOf(at, READ_REVISIONS);
      List<byte[]> more = history.encode(at, to, hub.values());
      if (more == null) {
        return at; // compacted meanwhile; what was read before is sent
      }
      for (byte[] event : more) {
        bytes += event.length;
      }
      events.addAll(more);
      at = to;
    }
    return at;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
