package dev.rowan.it.linearizability;

import dev.rowan.it.linearizability.WatchRecord.Arrival;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges what one watcher got against the log: every event of its range from its start on, in
 * order, once, the events of a revision in one response (or one sequence of fragments), each with
 * the right previous value, and no promise of progress ahead of its events. Used once, by one
 * thread.
 *
 * <pre>
 * log       5: a=1    6: a=2 b=2    7: b deleted
 * watcher   created at 4   | 5: a=1 | 6: a=2 b=2 | progress 6 |     complete to 6, 7 may follow
 *           created at 4   | 5: a=1 | 6: a=2 |                      6 is torn
 *           created at 4   | 5: a=1 | progress 6 |                  6 is lost
 *           created at 4   | 6: a=2 b=2 |                           5 is lost
 * </pre>
 */
final class WatchRules {
  /** In place of a watcher's id, in progress that was asked for. */
  private static final long OF_THE_STREAM = -1;

  private final WatchRecord record;
  private final Log log;
  private final long compacted;
  private final List<String> findings = new ArrayList<>();
  private final List<Event> fragments = new ArrayList<>();
  private boolean created;
  private boolean ended;
  private long next;

  private WatchRules(WatchRecord record, Log log, long compacted) {
    this.record = record;
    this.log = log;
    this.compacted = compacted;
    this.next = record.request().getStartRevision();
  }

  /**
   * Returns what is wrong with what a watcher got; nothing if it is right.
   *
   * @param compacted the highest revision that somebody asked to compact; 0 for none
   */
  static List<String> judge(WatchRecord record, Log log, long compacted) {
    WatchRules rules = new WatchRules(record, log, compacted);
    for (Arrival arrival : record.arrivals()) {
      rules.take(arrival.response());
    }
    return rules.findings;
  }

  private void take(WatchResponse response) {
    if (ended) {
      found("something came after its end", response);
    } else if (response.getCreated()) {
      create(response);
    } else if (!created) {
      beforeCreated(response);
    } else if (response.getCanceled()) {
      cancel(response);
    } else if (response.getEventsCount() == 0) {
      progress(response);
    } else {
      events(response);
    }
  }

  /** Asked-for progress may overtake it, and then says nothing of this watcher (W-15). */
  private void beforeCreated(WatchResponse response) {
    if (response.getWatchId() != OF_THE_STREAM || response.getEventsCount() > 0) {
      found("something came before it was created", response);
    }
  }

  private void create(WatchResponse response) {
    if (created || response.getCanceled()) {
      found("not created as asked", response);
    }
    created = true;
    if (next == 0) {
      next = response.getHeader().getRevision() + 1;
    }
  }

  private void cancel(WatchResponse response) {
    ended = true;
    if (next >= compacted || response.getCompactRevision() <= next) {
      found("cancelled without a reason", response);
    }
  }

  /** All up to the header's revision must have come. */
  private void progress(WatchResponse response) {
    long revision = response.getHeader().getRevision();
    if (revision > log.last()) {
      found("progress to a revision that never was", response);
      return;
    }
    for (; next <= revision; next++) {
      if (!expected(next).isEmpty()) {
        found("revision " + next + " was lost before progress", response);
      }
    }
  }

  private void events(WatchResponse response) {
    if (response.getFragment() && !record.request().getFragment()) {
      found("a fragment that was not asked for", response);
    }
    fragments.addAll(response.getEventsList());
    if (response.getFragment()) {
      return;
    }
    List<Event> whole = List.copyOf(fragments);
    fragments.clear();
    long last = revision(whole.getLast());
    if (response.getHeader().getRevision() < last) {
      found("the header is behind the events", response);
    }
    for (int from = 0; from < whole.size(); ) {
      long revision = revision(whole.get(from));
      int to = from + 1;
      while (to < whole.size() && revision(whole.get(to)) == revision) {
        to++;
      }
      transaction(revision, whole.subList(from, to));
      from = to;
    }
  }

  private void transaction(long revision, List<Event> events) {
    if (!log.has(revision)) {
      found("revision " + revision + " never was", events);
      return;
    }
    if (revision < next) {
      found(backward(revision, events), events);
      return;
    }
    for (; next < revision; next++) {
      if (!expected(next).isEmpty()) {
        found("revision " + next + " was lost before revision " + revision, expected(next));
      }
    }
    next = revision + 1;
    List<Event> expected = expected(revision);
    if (!equal(expected, events)) {
      found("revision " + revision + " came otherwise than " + expected, events);
    }
  }

  /** A response that goes back is a repetition, or the rest of a torn transaction. */
  private String backward(long revision, List<Event> events) {
    if (revision < record.request().getStartRevision()) {
      return "revision " + revision + " is before the start";
    }
    boolean whole = equal(expected(revision), events);
    return "revision " + revision + (whole ? " came twice or late" : " was torn, or came twice");
  }

  private List<Event> expected(long revision) {
    List<Event> expected = new ArrayList<>();
    for (Event event : log.events(revision)) {
      if (record.sees(event)) {
        expected.add(withPrevious(event, revision));
      }
    }
    return expected;
  }

  private Event withPrevious(Event event, long revision) {
    @Nullable KeyValue old = log.at(revision - 1).get(event.getKv().getKey());
    return record.request().getPrevKv() && old != null
        ? event.toBuilder().setPrevKv(old).build()
        : event;
  }

  /** Previous values that were compacted need not be there (W-8). */
  private boolean equal(List<Event> expected, List<Event> events) {
    if (expected.equals(events)) {
      return true;
    }
    if (expected.size() != events.size()) {
      return false;
    }
    for (int i = 0; i < events.size(); i++) {
      Event wanted = expected.get(i);
      boolean mayLack = revision(wanted) - 1 < compacted && !events.get(i).hasPrevKv();
      if (!events.get(i).equals(mayLack ? wanted.toBuilder().clearPrevKv().build() : wanted)) {
        return false;
      }
    }
    return true;
  }

  private static long revision(Event event) {
    return event.getKv().getModRevision();
  }

  private void found(String what, WatchResponse response) {
    findings.add(what + ": " + Operation.text(response) + " at " + place());
  }

  private void found(String what, List<Event> events) {
    findings.add(what + ": " + events.stream().map(Operation::text).toList() + " at " + place());
  }

  private String place() {
    return record.name() + " {" + Operation.text(record.request()) + "}, next " + next;
  }
}
