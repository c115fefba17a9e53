package dev.rowan.watch;

import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.Change;
import dev.rowan.mvcc.CommitListener;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers every event of its range to every watcher exactly once, in revision order, all events of
 * a revision together.
 *
 * <p>One thread, {@code rowan-hub}, owns watchers and streams: commits and what streams ask for
 * queue up for it, so what it answers is always in step with the events. A watcher whose stream has
 * no room, or that starts in the past, leaves the live ones and catches up from the index at its
 * own pace; nothing is held for it but the number of its next revision.
 *
 * <pre>
 * commit 12: a, b   →  live watcher of a gets 12; the one of b has no room: behind, next = 12
 * commit 13: b      →  nothing for it
 * room again        →  12 and 13 of b from the index, values from the cache: live again at 14
 * </pre>
 */
public final class WatchHub implements CommitListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WatchHub.class);

  /** Bytes of changes after which a response to live watchers is full. */
  static final int RESPONSE_BYTES = 512 << 10;

  /** Bytes of commits that wait for the hub at most; past it, watchers read them from the log. */
  private static final long QUEUED_BYTES_MAX = 64L << 20;

  /** What a change is counted as beside its key and value. */
  private static final int CHANGE_BYTES = 128;

  /** Changes that a watcher catches up with on the hub's own thread at most, if all are cached. */
  private static final int INLINE_CHANGES_MAX = 256;

  /** Revisions behind at which a catch-up is given to the readers without a look. */
  private static final long INLINE_REVISIONS_MAX = 10_000;

  /** How often watchers that are behind are looked at, whatever happens. */
  private static final long LOOK_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Identity identity;
  private final KeyIndex index;
  private final Values values;
  private final Executor readers;
  private final long progressNanos;
  private final Metrics metrics;
  private final Consumer<Throwable> fatal;

  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicLong queuedEvents = new AtomicLong();
  private final Thread thread;
  private volatile boolean stopping;

  private final Set<WatchStream> streams = new LinkedHashSet<>();
  private final LiveWatchers live = new LiveWatchers();
  private final Set<Watcher> behind = new LinkedHashSet<>();
  private final List<Watcher> touched = new ArrayList<>();
  private final PriorityQueue<WatchStream> ticks =
      new PriorityQueue<>(Comparator.comparingLong(WatchStream::nextTickNanos));

  /**
   * The revision up to which live watchers have been sent everything; the view's but for a moment.
   */
  private long deliveredThrough;

  /** The first revision of what is pending for the touched watchers. */
  private long firstRevision;

  /** The state up to which all live watchers have been sent everything. */
  private KeyIndexView view;

  private volatile int streamCount;
  private volatile int watcherCount;
  private volatile int behindCount;
  private volatile long lagRevisions;
  private long lookedNanos;

  /**
   * Makes a hub that is not started yet.
   *
   * @param readers runs catch-ups that ask the database
   * @param progressInterval period in which quiet watchers hear how far they are (W-14)
   * @param fatal told of what the hub cannot go on after
   */
  public WatchHub(
      Identity identity,
      KeyIndex index,
      Values values,
      Executor readers,
      Duration progressInterval,
      Metrics metrics,
      Consumer<Throwable> fatal) {
    this.identity = identity;
    this.index = index;
    this.values = values;
    this.readers = readers;
    this.progressNanos = progressInterval.toNanos();
    this.metrics = metrics;
    this.fatal = fatal;
    this.view = index.view();
    this.deliveredThrough = view.revision();
    this.thread = Thread.ofPlatform().name("rowan-hub").unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** Streams that are open. */
  public int streams() {
    return streamCount;
  }

  /** Changes that are committed and not yet handed to watchers. */
  public long queuedEvents() {
    return queuedEvents.get();
  }

  /** Watchers of all streams. */
  public int watchers() {
    return watcherCount;
  }

  /** Watchers that are catching up or wait for room. */
  public int watchersBehind() {
    return behindCount;
  }

  /** Revisions that the watcher furthest behind lacks. */
  public long lagRevisions() {
    return lagRevisions;
  }

  @Override
  public void committed(KeyIndexView committed, List<Change> changes) {
    long bytes = 0;
    for (Change change : changes) {
      bytes += CHANGE_BYTES + change.kv().getKey().size() + change.kv().getValue().size();
    }
    if (queuedBytes.get() + bytes > QUEUED_BYTES_MAX) {
      tasks.add(() -> skip(committed));
      return;
    }
    long size = bytes;
    queuedBytes.addAndGet(size);
    queuedEvents.addAndGet(changes.size());
    tasks.add(() -> {
      queuedBytes.addAndGet(-size);
      queuedEvents.addAndGet(-changes.size());
      view = committed;
      deliver(changes);
      deliveredThrough = committed.revision();
    });
  }

  /** Everybody reads what is kept from the log; who needs more is cancelled (W-20). */
  @Override
  public void reloaded(KeyIndexView reloaded) {
    tasks.add(() -> skip(reloaded));
  }

  /** Runs a task on the hub's thread, after the commits that were published before. */
  void execute(Runnable task) {
    tasks.add(task);
  }

  private void run() {
    while (!stopping) {
      try {
        Runnable task = tasks.poll(untilTick(), TimeUnit.NANOSECONDS);
        if (task != null) {
          task.run();
        }
        tick();
        lookAfterBehind();
      } catch (InterruptedException e) {
        // close() asks to stop.
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("a task of the watch hub failed");
        metrics.backgroundFailed("watch-hub");
        recover();
      } catch (Error e) {
        fatal.accept(e);
        throw e;
      }
    }
    streams.forEach(WatchStream::stop);
  }

  /** Now and then: counts the watchers for the metrics, and gives those behind another chance. */
  private void lookAfterBehind() {
    long now = System.nanoTime();
    if (now - lookedNanos < LOOK_PERIOD_NANOS) {
      return;
    }
    lookedNanos = now;
    List.copyOf(behind).forEach(this::catchUp);
    streamCount = streams.size();
    watcherCount = live.size() + behind.size();
    behindCount = behind.size();
    long next = view.revision() + 1;
    for (Watcher watcher : behind) {
      next = Math.min(next, watcher.nextRevision());
    }
    lagRevisions = view.revision() + 1 - next;
  }

  /** What a batch was not delivered of is read from the log instead. */
  private void recover() {
    touched.forEach(watcher -> watcher.pending().clear());
    touched.clear();
    if (deliveredThrough < view.revision()) {
      allFallBehind(deliveredThrough + 1);
      deliveredThrough = view.revision();
    }
  }

  // Commits.

  /**
   * Sends a batch's changes: all that a watcher gets of them in one response, unless it grows
   * large. A revision is never split.
   */
  private void deliver(List<Change> changes) {
    Map<Long, KeyValue> previous = live.wantPrevious() ? previous(changes) : Map.of();
    int at = 0;
    int bytes = 0;
    while (at < changes.size()) {
      long revision = changes.get(at).revision();
      if (touched.isEmpty()) {
        firstRevision = revision;
      }
      while (at < changes.size() && changes.get(at).revision() == revision) {
        Change change = changes.get(at++);
        match(change, previous);
        bytes += change.kv().getSerializedSize();
      }
      if (at == changes.size() || bytes > RESPONSE_BYTES) {
        flush(revision);
        bytes = 0;
      }
    }
  }

  /** Gives a change to the live watchers of its key. */
  private void match(Change change, Map<Long, KeyValue> previous) {
    EncodedChange encoded = new EncodedChange(change, previous.get(change.previousId()));
    live.forEach(
        change.kv().getKey(),
        watcher -> {
          if (watcher.wants(change) && watcher.nextRevision() <= change.revision()) {
            if (watcher.pending().isEmpty()) {
              touched.add(watcher);
            }
            watcher.pending().add(encoded.bytesFor(watcher));
          }
        });
  }

  /** A change, encoded once for all who want the key as it was before and once for the others. */
  private static final class EncodedChange {
    private final Change change;
    private final @Nullable KeyValue previous;
    private byte @Nullable [] plain;
    private byte @Nullable [] withPrevious;

    EncodedChange(Change change, @Nullable KeyValue previous) {
      this.change = change;
      this.previous = previous;
    }

    byte[] bytesFor(Watcher watcher) {
      if (watcher.options().previous() && previous != null) {
        withPrevious = withPrevious == null ? Encoding.event(change, previous) : withPrevious;
        return withPrevious;
      }
      plain = plain == null ? Encoding.event(change, null) : plain;
      return plain;
    }
  }

  /** Sends what the revisions up to this gave their watchers; who has no room falls behind. */
  private void flush(long revision) {
    if (touched.isEmpty()) {
      return;
    }
    byte[] header = Encoding.header(identity.header(revision));
    for (Watcher watcher : touched) {
      if (watcher.stream().ready()) {
        watcher.stream().send(watcher, header, watcher.pending());
        metrics.eventsSent(watcher.pending().size());
        watcher.sentThrough(revision);
        watcher.heard();
      } else {
        fallBehind(watcher, firstRevision);
      }
      watcher.pending().clear();
    }
    touched.clear();
  }

  private void fallBehind(Watcher watcher, long nextRevision) {
    live.remove(watcher);
    watcher.sentThrough(nextRevision - 1);
    behind.add(watcher);
  }

  /** The keys as they were before the changes, as far as they can be had. */
  private Map<Long, KeyValue> previous(List<Change> changes) {
    long[] ids =
        changes.stream().mapToLong(Change::previousId).filter(id -> id != 0).distinct().toArray();
    @Nullable KeyValue[] rows = new KeyValue[ids.length];
    try {
      values.read(ids, rows);
    } catch (LogException e) {
      log.atWarn()
          .addKeyValue("error", e.getMessage())
          .log("watchers fall behind until the database is back");
      allFallBehind(changes.getFirst().revision());
      return Map.of();
    }
    Map<Long, KeyValue> previous = new HashMap<>();
    for (int i = 0; i < ids.length; i++) {
      KeyValue row = rows[i];
      if (row != null) {
        previous.put(ids[i], row);
      }
    }
    return previous;
  }

  /** More was committed than may be kept in memory: everybody reads it from the log. */
  private void skip(KeyIndexView committed) {
    allFallBehind(view.revision() + 1);
    view = committed;
    deliveredThrough = committed.revision();
    List.copyOf(behind).forEach(this::catchUp);
  }

  private void allFallBehind(long nextRevision) {
    for (WatchStream stream : streams) {
      for (Watcher watcher : stream.watchers().values()) {
        if (watcher.live()) {
          fallBehind(watcher, nextRevision);
        }
      }
    }
  }

  // Catching up.

  /** Brings a watcher that is behind forward as far as its stream has room. */
  private void catchUp(Watcher watcher) {
    if (watcher.catchingUp() || watcher.closed() || watcher.live()) {
      return;
    }
    WatchStream stream = watcher.stream();
    long next = watcher.nextRevision();
    if (next > view.revision()) {
      behind.remove(watcher);
      live.add(watcher);
    } else if (next < index.view().compactRevision()) {
      compacted(watcher);
    } else if (stream.ready() && !caughtUpInline(watcher)) {
      startCatchUp(watcher);
    }
  }

  private void startCatchUp(Watcher watcher) {
    KeyIndexView through = view;
    try {
      readers.execute(() -> new CatchUp(this, watcher, through).run());
      watcher.setCatchingUp(true);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("all readers are busy; the watcher is looked at again soon");
    }
  }

  private boolean caughtUpInline(Watcher watcher) {
    long next = watcher.nextRevision();
    long through = view.revision();
    if (through - next >= INLINE_REVISIONS_MAX) {
      return false;
    }
    History history = History.find(view, watcher, next, through);
    if (history.size() > INLINE_CHANGES_MAX) {
      return false;
    }
    List<byte[]> events = history.encodeCached(0, history.size(), values);
    if (events == null) {
      return false;
    }
    if (!events.isEmpty()) {
      watcher.stream().send(watcher, Encoding.header(identity.header(through)), events);
      metrics.eventsSent(events.size());
      watcher.heard();
    }
    watcher.sentThrough(through);
    behind.remove(watcher);
    live.add(watcher);
    return true;
  }

  /** W-20: what the watcher needs next is no longer there. */
  private void compacted(Watcher watcher) {
    long compactRevision = index.view().compactRevision();
    behind.remove(watcher);
    watcher.stream().cancel(watcher, identity.header(0), compactRevision);
  }

  Identity identity() {
    return identity;
  }

  Metrics metrics() {
    return metrics;
  }

  Values values() {
    return values;
  }

  /** A catch-up has ended, having sent everything through a revision. Any thread. */
  void caughtUp(Watcher watcher, long throughRevision) {
    execute(() -> {
      watcher.setCatchingUp(false);
      watcher.sentThrough(throughRevision);
      watcher.heard();
      catchUp(watcher);
    });
  }

  // What streams ask for.

  void opened(WatchStream stream) {
    streams.add(stream);
    scheduleTick(stream);
    stream.takeNext();
  }

  void closed(WatchStream stream) {
    stream.gone();
    streams.remove(stream);
    ticks.remove(stream);
    for (Watcher watcher : stream.watchers().values()) {
      forget(watcher);
    }
    stream.watchers().clear();
  }

  private void forget(Watcher watcher) {
    watcher.close();
    if (watcher.live()) {
      live.remove(watcher);
    } else {
      behind.remove(watcher);
    }
  }

  /** The stream has room again. */
  void ready(WatchStream stream) {
    stream.resume();
    for (Watcher watcher : List.copyOf(stream.watchers().values())) {
      catchUp(watcher);
    }
  }

  /** The newest revision that anyone can have read: where a watch of what comes begins. */
  long currentRevision() {
    return index.view().revision();
  }

  long compactRevision() {
    return index.view().compactRevision();
  }

  /** Takes in a watcher whose creation has been answered. */
  void add(Watcher watcher) {
    watcher.stream().watchers().put(watcher.id(), watcher);
    behind.add(watcher);
    if (watcher.nextRevision() > view.revision()) {
      catchUp(watcher);
    } else if (watcher.nextRevision() < compactRevision()) {
      compacted(watcher);
    } else {
      catchUp(watcher);
    }
  }

  void cancel(WatchStream stream, long watchId) {
    Watcher watcher = stream.watcher(watchId);
    if (watcher != null) {
      forget(watcher);
      stream.cancel(watcher, identity.header(view.revision()), 0);
    }
  }

  /** W-15: answered only if it is true of every watcher of the stream. */
  void progress(WatchStream stream) {
    boolean inStep = !stream.watchers().isEmpty() && stream.ready();
    for (Watcher watcher : stream.watchers().values()) {
      inStep &= inStep(watcher);
    }
    if (inStep) {
      stream.send(
          WatchResponse.newBuilder()
              .setHeader(identity.header(view.revision()))
              .setWatchId(-1)
              .build());
    }
  }

  /** Whether a watcher has been sent everything up to now, and doesn't wait for the future. */
  private boolean inStep(Watcher watcher) {
    return watcher.live() && watcher.nextRevision() <= view.revision() + 1;
  }

  // Periodic progress.

  private long untilTick() {
    WatchStream next = ticks.peek();
    return next == null
        ? LOOK_PERIOD_NANOS
        : Math.clamp(next.nextTickNanos() - System.nanoTime(), 0, LOOK_PERIOD_NANOS);
  }

  private void scheduleTick(WatchStream stream) {
    long jitter = ThreadLocalRandom.current().nextLong(progressNanos / 10 + 1);
    stream.setNextTickNanos(System.nanoTime() + progressNanos + jitter);
    ticks.add(stream);
  }

  private void tick() {
    long now = System.nanoTime();
    while (true) {
      WatchStream stream = ticks.peek();
      if (stream == null || stream.nextTickNanos() - now > 0) {
        return;
      }
      ticks.remove();
      for (Watcher watcher : stream.watchers().values()) {
        if (watcher.options().progress() && watcher.takeQuiet() && inStep(watcher)) {
          notifyProgress(watcher);
        }
      }
      scheduleTick(stream);
    }
  }

  private void notifyProgress(Watcher watcher) {
    if (watcher.stream().ready()) {
      watcher.stream().send(watcher, Encoding.header(identity.header(view.revision())), List.of());
    }
  }

  /** Ends every stream with "server stopped", which clients take as a reason to come again. */
  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
  }
}
