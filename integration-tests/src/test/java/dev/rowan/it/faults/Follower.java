package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A watcher of all keys that goes on behind its last revision after each restart, as clients do. It
 * fails at once on a revision that is missing, that comes twice, or that comes in two pieces. Not
 * thread-safe.
 */
final class Follower implements AutoCloseable {
  private static final Duration CAUGHT_UP_MAX = Duration.ofSeconds(60);

  private final List<Transaction> seen = new ArrayList<>();
  private Client client;
  private WatchSession session;
  private long next;

  private Follower(Server server, long from) {
    next = from;
    client = server.client();
    session = open();
  }

  /** Watches everything from a revision on. */
  static Follower from(Server server, long revision) {
    return new Follower(server, revision);
  }

  /** Takes what the broken stream still brought, and opens a new one behind it. */
  void resume(Server server) {
    awaitEnd();
    close();
    client = server.client();
    session = open();
  }

  /** Takes what the stream brings until it ends. */
  void awaitEnd() {
    for (Received<WatchResponse> got = session.next();
        got instanceof Received.Response<WatchResponse>(WatchResponse response);
        got = session.next()) {
      add(response);
    }
  }

  /** Takes what came until this revision has come. */
  List<Transaction> awaitRevision(long revision) {
    long deadline = System.nanoTime() + CAUGHT_UP_MAX.toNanos();
    while (next <= revision) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      Optional<Received<WatchResponse>> got = session.poll(left);
      switch (got.orElse(null)) {
        case null -> throw new AssertionError("stuck before " + next + " of " + revision);
        case Received.Response<WatchResponse>(WatchResponse response) -> add(response);
        case Received.End<WatchResponse> end -> throw new AssertionError("ended: " + end.status());
      }
    }
    return seen;
  }

  /** All transactions that came so far. */
  List<Transaction> seen() {
    return seen;
  }

  private WatchSession open() {
    WatchSession opened = client.watch();
    opened.create(
        WatchCreateRequest.newBuilder()
            .setKey(Requests.bytes(Requests.OPEN))
            .setRangeEnd(Requests.bytes(Requests.OPEN))
            .setStartRevision(next)
            .setPrevKv(true));
    return opened;
  }

  private void add(WatchResponse response) {
    assertThat(response.getCanceled()).as(response.getCancelReason()).isFalse();
    List<Event> events = response.getEventsList();
    for (int from = 0; from < events.size(); next++) {
      long revision = revision(events.get(from));
      assertThat(revision).as("revision after " + (next - 1)).isEqualTo(next);
      int to = from;
      while (to < events.size() && revision(events.get(to)) == revision) {
        to++;
      }
      seen.add(new Transaction(revision, List.copyOf(events.subList(from, to))));
      from = to;
    }
  }

  private static long revision(Event event) {
    return event.getKv().getModRevision();
  }

  @Override
  public void close() {
    session.close();
    client.close();
  }
}
