package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.watch;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest.FilterType;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import java.util.List;

/** W-1 to W-15: live watchers, their creation, their end and their progress. */
public final class WatchCases {
  /** Fewer than the responses that etcd buffers for a stream. */
  private static final int WRITES = 60;

  private WatchCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("W-1 a stream outlives its half-close", WatchCases::halfClose),
        new Case("W-1 many watchers on a stream", WatchCases::many),
        new Case("W-1 an empty request is ignored", WatchCases::emptyRequest),
        new Case("W-2 ids are chosen in order or given", WatchCases::ids),
        new Case("W-3 ranges of a watcher", WatchCases::ranges),
        new Case("W-4 a future revision is waited for", WatchCases::future),
        new Case("W-6 a cancel is answered once", WatchCases::cancel),
        new Case("W-7 W-8 events carry what changed and what was", WatchCases::events),
        new Case("W-8 no previous value behind a compaction", WatchCases::compactedPrevious),
        new Case("W-9 filters drop events and empty responses", WatchCases::filters),
        new Case("W-10 W-11 W-12 one live response a revision", WatchCases::atomicity),
        new Case(
            "W-10 W-12 concurrent writes come in order, each once", WatchCases::concurrentWrites),
        new Case("W-15 progress on request", WatchCases::progress),
        new Case(
            "W-15 progress is dropped without watchers or before a future one",
            WatchCases::droppedProgress),
        new Case("W-19 a read after an event sees it", WatchCases::readAfterEvent));
  }

  private static void halfClose(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    watches.session().stream().halfClose();
    s.put(put("a", "1"));
    watches.next();
    s.put(put("a", "2"));
    watches.next();
    watches.session().stream().cancel();
    watches.end();
  }

  private static void many(Side s) {
    var watches = s.watches();
    for (int i = 0; i < 5; i++) {
      watches.create(watch("k" + i));
    }
    for (int i = 4; i >= 0; i--) {
      s.put(put("k" + i, "v"));
      watches.next();
    }
    watches.create(watch("k0").setPrevKv(true));
    watches.cancel(0);
    s.delete(delete("k0"));
    watches.next();
    s.delete(delete("k1", "k5"));
    watches.events(4);
  }

  private static void emptyRequest(Side s) {
    var watches = s.watches();
    watches.session().stream().send(WatchRequest.getDefaultInstance());
    watches.create(watch("a"));
    watches.session().stream().send(WatchRequest.getDefaultInstance());
    s.put(put("a", "1"));
    watches.next();
  }

  private static void ids(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    watches.create(watch("a").setWatchId(2));
    watches.create(watch("b"));
    watches.create(watch("c"));
    watches.create(watch("d").setWatchId(2));
    watches.create(watch("d").setWatchId(-7));
    watches.create(watch("d").setWatchId(-7));
    watches.create(watch("d").setWatchId(-1));
    watches.create(watch("d").setWatchId(Long.MAX_VALUE));
    watches.create(watch("e").setWatchId(1));
    watches.cancel(2);
    watches.create(watch("e").setWatchId(2));
    watches.cancel(0);
    watches.create(watch("f"));
    s.put(put("e", "1"));
    watches.next();
    s.put(put("f", "1"));
    watches.next();
    var other = s.watches();
    other.create(watch("a"));
  }

  private static void ranges(Side s) {
    String[][] ranges = {
      {"", ""},
      {"", OPEN},
      {"", "b"},
      {"\0", OPEN},
      {"a", OPEN},
      {"a", "b"},
      {"a", "a"},
      {"b", "a"},
      {"a", "a\0"},
      {"\u00ff", OPEN},
      {"", "\0\0"}
    };
    for (String[] range : ranges) {
      long start = s.put(put("base", "")).getHeader().getRevision() + 1;
      s.putAll("\0", "\0\0", "a", "a\0", "aa", "b", "\u00ff", "\u00ff\u00ff");
      var watches = s.watches();
      WatchCreateRequest.Builder request =
          watch(range[0], range[1]).setStartRevision(start).setPrevKv(true);
      if (!watches.create(request).getCanceled()) {
        long end = s.put(put("end", "")).getHeader().getRevision();
        watches.settle(end);
        watches.report();
      }
      watches.close();
    }
  }

  private static void future(Side s) {
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setStartRevision(s.rev(4)));
    s.putAll("a", "b", "c");
    s.put(put("d", "first seen"));
    watches.next();
    s.put(put("e", "second seen"));
    watches.next();
    watches.create(watch("a").setStartRevision(Long.MAX_VALUE));
    watches.cancel(1);
  }

  private static void cancel(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    watches.create(watch("a"));
    watches.cancel(1);
    s.put(put("a", "1"));
    watches.next();
    watches.session().cancelWatch(1);
    watches.session().cancelWatch(77);
    watches.session().cancelWatch(-1);
    watches.cancel(0);
    s.put(put("a", "2"));
    watches.create(watch("b"));
    s.put(put("b", "1"));
    watches.next();
  }

  private static void events(Side s) {
    var watches = s.watches();
    s.grant(1000, 5);
    watches.create(watch("a"));
    var previous = s.watches();
    previous.create(watch("a").setPrevKv(true));
    Runnable next =
        () -> {
          watches.next();
          previous.next();
        };
    s.put(put("a", "1").setLease(5));
    next.run();
    s.put(put("a", "2").setLease(5));
    next.run();
    s.put(put("a", ""));
    next.run();
    s.delete(delete("a"));
    next.run();
    s.put(put("a", "").setIgnoreLease(false));
    next.run();
    s.txn(then(op(put("a", "3")), op(put("b", "3"))));
    next.run();
    s.txn(then(op(delete("a")), op(delete("b"))));
    next.run();
  }

  private static void compactedPrevious(Side s) {
    s.put(put("a", "1"));
    s.put(put("a", "2"));
    s.put(put("a", "3"));
    s.delete(delete("a"));
    s.compact(s.rev(3));
    var watches = s.watches();
    watches.create(watch("a").setPrevKv(true).setStartRevision(s.rev(3)));
    watches.events(2);
    s.put(put("a", "4"));
    watches.next();
    s.compact(s.rev(5));
    s.put(put("a", "5"));
    watches.next();
  }

  private static void filters(Side s) {
    var watches = s.watches();
    watches.create(watch("\0", OPEN).addFilters(FilterType.NOPUT));
    watches.create(watch("\0", OPEN).addFilters(FilterType.NODELETE).setPrevKv(true));
    watches.create(watch("\0", OPEN).addFilters(FilterType.NODELETE).addFilters(FilterType.NOPUT));
    watches.create(watch("x").addFiltersValue(9));
    s.put(put("a", "1"));
    watches.next();
    s.put(put("b", "1"));
    watches.next();
    s.delete(delete("a"));
    watches.next();
    s.put(put("a", "2"));
    watches.next();
    s.delete(delete("a", OPEN));
    watches.next();
    watches.create(watch("\0", OPEN).addFilters(FilterType.NOPUT).setStartRevision(s.rev(1)));
    watches.events(3);
    s.put(put("x", "1"));
    watches.events(2);
  }

  private static void atomicity(Side s) {
    var watches = s.watches();
    watches.create(watch("a", "c"));
    s.txn(then(op(put("b", "1")), op(put("x", "1")), op(put("a", "1")), op(put("bb", "1"))));
    watches.next();
    for (int i = 0; i < 20; i++) {
      s.put(put("a", "v" + i));
      watches.next();
    }
    s.put(put("x", "2"));
    s.grant(1000, 5);
    for (String key : new String[] {"bz", "ba", "bm"}) {
      s.put(put(key, "leased").setLease(5));
      watches.next();
    }
    s.revoke(5);
    watches.next();
    s.delete(delete("a", "c"));
    watches.next();
  }

  private static void concurrentWrites(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    var stub = KVGrpc.newFutureStub(s.client().channel());
    for (int i = 0; i < WRITES; i++) {
      var _ = stub.put(put("a", "same").build());
    }
    // Rowan may put revisions that were committed together into one response.
    watches.events(WRITES);
  }

  private static void progress(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    watches.progress();
    s.put(put("b", "1"));
    watches.progress();
    s.put(put("a", "1"));
    watches.next();
    watches.progress();
    watches.create(watch("b").setWatchId(9));
    watches.progress();
    watches.progress();
    watches.cancel(0);
    watches.progress();
  }

  private static void droppedProgress(Side s) {
    var watches = s.watches();
    watches.session().progress();
    watches.create(watch("a").setStartRevision(s.rev(3)));
    watches.session().progress();
    s.put(put("x", "1"));
    watches.session().progress();
    watches.create(watch("b"));
    watches.session().progress();
    watches.cancel(0);
    watches.progress();
    watches.cancel(1);
    watches.session().progress();
    watches.create(watch("c"));
  }

  private static void readAfterEvent(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    for (int i = 0; i < 30; i++) {
      s.put(put("a", "v" + i));
      watches.next();
      s.range(get("a"));
      s.range(all().setCountOnly(true).setMinModRevision(1));
    }
  }
}
