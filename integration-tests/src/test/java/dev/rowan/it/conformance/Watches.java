package dev.rowan.it.conformance;

import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A Watch stream of one side, written down. Where the contract determines each response, responses
 * are written as they come ({@link #next}); where it leaves batches open (catching up), the events
 * are, with a mark where a revision was torn ({@link #events}, {@link #settle}). Not thread-safe.
 */
public final class Watches implements AutoCloseable {
  /** How long an answer to a progress request is waited for before it counts as dropped. */
  private static final Duration PROGRESS_MAX = Duration.ofMillis(100);

  private static final Duration SETTLE_MAX = Duration.ofSeconds(30);

  private final WatchSession session;
  private final Side side;
  private final Set<Long> live = new HashSet<>();
  private final Map<Long, List<String>> history = new HashMap<>();
  private final Map<Long, Long> lastRevision = new HashMap<>();
  private long startRevisionMax;
  private boolean settled;

  Watches(WatchSession session, Side side) {
    this.session = session;
    this.side = side;
  }

  /** The raw stream. */
  public WatchSession session() {
    return session;
  }

  /** Asks for a watcher, and writes down the next response, which should say that it is created. */
  public WatchResponse create(WatchCreateRequest.Builder request) {
    startRevisionMax = Math.max(startRevisionMax, request.getStartRevision());
    session.create(request);
    WatchResponse created = next(side.text(request.build()));
    if (created.getCreated() && !created.getCanceled()) {
      live.add(created.getWatchId());
    }
    return created;
  }

  /** Asks to end a watcher, and writes down the next response. */
  public WatchResponse cancel(long watchId) {
    session.cancelWatch(watchId);
    return next("cancel " + watchId);
  }

  /** Asks for progress, and writes down the next response; not after {@link #settle}. */
  public WatchResponse progress() {
    session.progress();
    return next("progress");
  }

  /** Waits for the next response and writes it down exactly. */
  public WatchResponse next() {
    return next("next");
  }

  /** Waits for the next response, which is not written down. */
  public WatchResponse take() {
    return takeResponse();
  }

  /** Writes down how the stream ends, which must be next. */
  public void end() {
    next("end");
  }

  /**
   * Waits until this many events came in any number of responses, and writes down those of each
   * watcher; watchers have no order among each other.
   */
  public void events(int count) {
    Map<Long, List<String>> events = new TreeMap<>();
    int seen = 0;
    while (seen < count
        && session.next() instanceof Received.Response<WatchResponse>(WatchResponse response)) {
      List<String> lines = events.computeIfAbsent(response.getWatchId(), id -> new ArrayList<>());
      lines.addAll(render(response));
      if (response.getEventsCount() == 0) {
        lines.add(side.text(response));
      }
      seen += Math.max(1, response.getEventsCount());
    }
    side.note("events", events.toString());
  }

  /**
   * Waits until the stream has delivered all that is up to the store's revision, by asking for
   * progress, and keeps it for {@link #report}. Returns at once if a watcher waits for a later
   * revision: it has nothing to deliver, and no progress.
   *
   * @param revision the store's
   */
  public void settle(long revision) {
    Instant deadline = Instant.now().plus(SETTLE_MAX);
    settled = true;
    while (!live.isEmpty() && startRevisionMax <= revision) {
      session.progress();
      if (takeUntilProgress(revision)) {
        return;
      }
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException(
            side.name() + ": no progress to " + revision + " of watchers " + live);
      }
    }
  }

  /** Asks for a watcher in a history: its created response is written down, the rest is kept. */
  public void open(WatchCreateRequest.Builder request) {
    startRevisionMax = Math.max(startRevisionMax, request.getStartRevision());
    session.create(request);
    WatchResponse response;
    do {
      response = takeResponse();
    } while (!response.getCreated());
    side.note(side.text(request.build()), side.text(response));
  }

  /** Asks to end the watchers of a history; call {@link #settle} before. */
  public void shutAll() {
    live.forEach(session::cancelWatch);
    while (!live.isEmpty()) {
      takeResponse();
    }
  }

  /** Writes down what each watcher of a history has received. */
  public void report() {
    history.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(watcher ->
            side.note("watcher " + watcher.getKey(), String.join("\n       ", watcher.getValue())));
  }

  @Override
  public void close() {
    session.close();
  }

  private WatchResponse next(String request) {
    return switch (session.next()) {
      // An answer that settle gave up waiting for.
      case Received.Response<WatchResponse>(WatchResponse response)
          when settled && isProgress(response) ->
          next(request);
      case Received.Response<WatchResponse>(WatchResponse response) -> {
        side.note(request, side.text(response));
        yield response;
      }
      case Received.End<WatchResponse>(var status) -> {
        side.note(request, "end: " + side.text(status));
        yield WatchResponse.getDefaultInstance();
      }
    };
  }

  private boolean takeUntilProgress(long revision) {
    while (true) {
      var received = session.poll(PROGRESS_MAX);
      if (received.isEmpty()) {
        return false;
      }
      WatchResponse response = keep(received.get());
      if (isProgress(response) && response.getHeader().getRevision() >= revision) {
        return true;
      }
    }
  }

  private WatchResponse takeResponse() {
    return keep(session.next());
  }

  private WatchResponse keep(Received<WatchResponse> received) {
    return switch (received) {
      case Received.Response<WatchResponse>(WatchResponse response) -> {
        keep(response);
        yield response;
      }
      case Received.End<WatchResponse>(var status) ->
          throw new IllegalStateException("the watch stream ended: " + status);
    };
  }

  private void keep(WatchResponse response) {
    if (isProgress(response)) {
      return;
    }
    long watchId = response.getWatchId();
    List<String> lines = history.computeIfAbsent(watchId, id -> new ArrayList<>());
    if (response.getCreated() && !response.getCanceled()) {
      live.add(watchId);
    }
    if (response.getCanceled()) {
      live.remove(watchId);
    }
    if (response.getCreated() || response.getCanceled()) {
      lines.add(side.text(response));
    }
    lines.addAll(render(response));
  }

  private static boolean isProgress(WatchResponse response) {
    return response.getEventsCount() == 0 && !response.getCreated() && !response.getCanceled();
  }

  private List<String> render(WatchResponse response) {
    List<String> lines = new ArrayList<>();
    long last = lastRevision.getOrDefault(response.getWatchId(), Long.MIN_VALUE);
    for (Event event : response.getEventsList()) {
      long revision = event.getKv().getModRevision();
      boolean torn = lines.isEmpty() && revision <= last;
      String header = response.getHeader().getRevision() < revision ? " AHEAD OF ITS HEADER" : "";
      lines.add((torn ? "TORN REVISION " : "") + side.text(event) + header);
      last = revision;
    }
    lastRevision.put(response.getWatchId(), response.getFragment() ? last - 1 : last);
    return lines;
  }
}
