package dev.rowan.watch;

import dev.rowan.dialects.LogException;
import dev.rowan.mvcc.index.KeyIndexView;
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

  /**
   * Revisions in one response at most: bounds what is read at once. etcd sends up to 1,000 (W-10).
   */
  private static final int RESPONSE_REVISIONS_MAX = 100;

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
      int to = history.endOf(from, RESPONSE_REVISIONS_MAX);
      List<byte[]> events = history.encode(from, to, hub.values());
      if (events == null || !watcher.stream().send(watcher, header, events)) {
        return false;
      }
      next = history.revisionBefore(to) + 1;
      from = to;
    }
    return true;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
