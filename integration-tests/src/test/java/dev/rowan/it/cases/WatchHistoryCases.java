package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.watch;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import java.util.List;

/**
 * W-4 to W-20: watchers of the past, of large events, behind compactions, and periodic progress.
 */
public final class WatchHistoryCases {
  private static final int REVISIONS = 2500;

  private WatchHistoryCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("W-4 a past revision replays history", WatchHistoryCases::past),
        new Case("W-4 W-20 a compacted revision ends the watcher", WatchHistoryCases::compacted),
        new Case("W-4 a negative revision is compacted", WatchHistoryCases::negative),
        new Case("W-10 W-11 a long history comes whole and in order", WatchHistoryCases::longPast),
        new Case("W-12 a catching-up header is the store's", WatchHistoryCases::catchUpHeader),
        new Case("W-14 periodic progress of a quiet watcher", WatchHistoryCases::periodic),
        new Case("W-16 a large response comes in fragments", WatchHistoryCases::fragments),
        new Case("W-16 without fragments a message has any size", WatchHistoryCases::whole),
        new Case("W-20 KV-63 a synced watcher survives a compaction", WatchHistoryCases::survivor));
  }

  private static void past(Side s) {
    s.putAll("a", "b", "a");
    s.delete(delete("a"));
    s.txn(then(op(put("c", "1")), op(put("a", "2")), op(delete("b"))));
    for (int after = 1; after < 6; after++) {
      var watches = s.watches();
      watches.create(watch("\0", OPEN).setStartRevision(s.rev(after)).setPrevKv(true));
      watches.settle(s.rev(5));
      watches.report();
      watches.close();
    }
    s.compact(s.rev(4));
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setStartRevision(s.rev(4)).setPrevKv(true));
    watches.events(4);
    s.put(put("a", "live"));
    watches.next();
  }

  private static void compacted(Side s) {
    s.putAll("a", "b", "a", "b");
    s.compact(s.rev(3));
    var watches = s.watches();
    watches.create(watch("a").setStartRevision(s.rev(2)));
    watches.next();
    watches.create(watch("a").setStartRevision(1).setWatchId(5));
    watches.next();
    watches.create(watch("a").setWatchId(6));
    s.put(put("a", "1"));
    watches.next();
  }

  private static void negative(Side s) {
    var watches = s.watches();
    watches.create(watch("a").setStartRevision(-1));
    watches.create(watch("a").setStartRevision(Long.MIN_VALUE).setWatchId(8));
    watches.create(watch("b", "a").setStartRevision(-1));
    watches.create(watch("a"));
  }

  private static void longPast(Side s) {
    for (int i = 0; i < REVISIONS; i++) {
      s.put(put("k" + i % 7, Integer.toString(i)));
    }
    s.txn(then(op(put("k9", "1")), op(put("k8", "1")), op(put("k7", "1"))));
    for (String key : new String[] {"k0", "k3"}) {
      var watches = s.watches();
      watches.create(watch(key, "l").setStartRevision(s.rev(1)).setPrevKv(true));
      watches.settle(s.rev(REVISIONS + 1));
      watches.report();
    }
  }

  private static void catchUpHeader(Side s) {
    s.putAll("a", "b", "c", "d");
    var watches = s.watches();
    watches.create(watch("a", "c").setStartRevision(s.rev(1)));
    watches.next();
    s.put(put("x", "1"));
    watches.progress();
  }

  private static void periodic(Side s) {
    var watches = s.watches();
    watches.create(watch("a").setProgressNotify(true));
    s.put(put("b", "1"));
    awaitProgress(s, watches);
    s.put(put("b", "2"));
    awaitProgress(s, watches);
  }

  /** Ticks at an old revision may come first. */
  private static void awaitProgress(Side s, dev.rowan.it.conformance.Watches watches) {
    long revision = s.put(put("c", "")).getHeader().getRevision();
    WatchResponse response;
    do {
      response = watches.take();
    } while (response.getHeader().getRevision() < revision);
    s.note("periodic progress", s.text(response));
  }

  private static void large(Side s) {
    String value = "x".repeat(900_000);
    for (int i = 0; i < 5; i++) {
      s.put(put("k" + i, value + i));
    }
  }

  private static void fragments(Side s) {
    large(s);
    var watches = s.watches();
    watches.create(watch("k", "l").setFragment(true).setPrevKv(true));
    s.delete(delete("k", "l"));
    WatchResponse response;
    do {
      response = watches.next();
    } while (response.getFragment());
    s.put(put("k", "1"));
    watches.next();
    watches.create(watch("k", "l").setFragment(true).setPrevKv(true).setStartRevision(s.rev(1)));
    watches.settle(s.rev(7));
    watches.report();
  }

  private static void whole(Side s) {
    large(s);
    var watches = s.watches();
    watches.create(watch("k", "l").setPrevKv(true));
    s.delete(delete("k", "l"));
    watches.next();
    watches.create(watch("k", "l").setPrevKv(true).setStartRevision(s.rev(6)));
    watches.next();
  }

  private static void survivor(Side s) {
    s.putAll("a", "b");
    var watches = s.watches();
    watches.create(watch("a").setStartRevision(s.rev(1)));
    watches.events(1);
    s.putAll("b", "b", "b");
    s.compact(s.rev(5));
    s.put(put("a", "after"));
    watches.next();
    watches.progress();
  }
}
