package dev.rowan.it.linearizability;

import dev.rowan.it.linearizability.Operation.Answered;
import dev.rowan.it.linearizability.Operation.Open;
import dev.rowan.it.linearizability.WatchRecord.Arrival;
import dev.rowan.proto.mvccpb.Event;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Both judgements of a history: of the answers, and of what watchers saw. */
final class Verdict {
  private Verdict() {}

  /**
   * Returns what is wrong.
   *
   * @param records that of the log first; all of its revisions must be in those that see everything
   */
  static List<String> of(Journal journal, List<WatchRecord> records) {
    List<Operation> operations = journal.operations();
    Log log = Log.of(transactions(records));
    summarise(operations, records, log);
    List<Sighting> sightings =
        records.stream().flatMap(record -> record.sightings().stream()).toList();
    List<String> findings =
        new ArrayList<>(Linearizability.judge(log, operations, sightings, journal.compacted()));
    for (WatchRecord record : records) {
      findings.addAll(WatchRules.judge(record, log, journal.compacted()));
    }
    return findings;
  }

  /** Of every revision what the first record has of it. */
  private static NavigableMap<Long, List<Event>> transactions(List<WatchRecord> records) {
    NavigableMap<Long, List<Event>> all = new TreeMap<>();
    for (WatchRecord record : records) {
      if (record.seesAll()) {
        transactions(record).forEach(all::putIfAbsent);
      }
    }
    return all;
  }

  private static Map<Long, List<Event>> transactions(WatchRecord record) {
    Map<Long, List<Event>> seen = new TreeMap<>();
    Set<Long> unfinished = new HashSet<>();
    for (Arrival arrival : record.arrivals()) {
      for (Event event : arrival.response().getEventsList()) {
        long revision = event.getKv().getModRevision();
        seen.computeIfAbsent(revision, _ -> new ArrayList<>()).add(event);
        if (arrival.response().getFragment()) {
          unfinished.add(revision);
        }
      }
      if (!arrival.response().getFragment()) {
        unfinished.clear();
      }
    }
    unfinished.forEach(seen::remove);
    return seen;
  }

  private static void summarise(List<Operation> operations, List<WatchRecord> records, Log log) {
    long answered = operations.stream().filter(one -> one.outcome() instanceof Answered).count();
    long unknown = operations.stream().filter(one -> one.outcome() instanceof Open).count();
    long events =
        records.stream()
            .flatMap(record -> record.arrivals().stream())
            .mapToLong(arrival -> arrival.response().getEventsCount())
            .sum();
    long fragments =
        records.stream()
            .flatMap(record -> record.arrivals().stream())
            .filter(arrival -> arrival.response().getFragment())
            .count();
    System.out.printf(
        "%d operations (%d answered, %d unknown), %d revisions, %d watch streams, %d events,"
            + " %d fragments%n",
        operations.size(), answered, unknown, log.last(), records.size(), events, fragments);
  }
}
