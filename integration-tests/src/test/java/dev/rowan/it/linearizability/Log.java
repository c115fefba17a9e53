package dev.rowan.it.linearizability;

import com.google.protobuf.ByteString;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * All transactions of a store from its first one on, and the state after each. Immutable. Events
 * have no previous values: those follow from the state before.
 */
final class Log {
  /** Of an empty store. */
  static final long FIRST_REVISION = 1;

  private final List<List<Event>> transactions = new ArrayList<>();
  private final List<NavigableMap<ByteString, KeyValue>> states = new ArrayList<>();

  private Log() {
    transactions.add(List.of());
    states.add(new TreeMap<>(ByteString.unsignedLexicographicalComparator()));
  }

  /**
   * The log of these transactions.
   *
   * @throws IllegalArgumentException if a revision is missing between the first and the last
   */
  static Log of(NavigableMap<Long, List<Event>> transactions) {
    Log log = new Log();
    for (Map.Entry<Long, List<Event>> transaction : transactions.entrySet()) {
      if (transaction.getKey() != log.last() + 1) {
        throw new IllegalArgumentException("revision " + (log.last() + 1) + " is not in the log");
      }
      log.add(transaction.getValue());
    }
    return log;
  }

  private void add(List<Event> events) {
    NavigableMap<ByteString, KeyValue> state = new TreeMap<>(states.getLast());
    List<Event> stripped = new ArrayList<>(events.size());
    for (Event event : events) {
      KeyValue kv = event.getKv();
      if (event.getType() == Event.EventType.DELETE) {
        state.remove(kv.getKey());
      } else {
        state.put(kv.getKey(), kv);
      }
      stripped.add(event.hasPrevKv() ? event.toBuilder().clearPrevKv().build() : event);
    }
    transactions.add(stripped);
    states.add(Collections.unmodifiableNavigableMap(state));
  }

  /** The newest revision. */
  long last() {
    return FIRST_REVISION + transactions.size() - 1;
  }

  /** Whether there was such a state. */
  boolean has(long revision) {
    return revision >= FIRST_REVISION && revision <= last();
  }

  /** What happened at a revision, in order; nothing at the first. */
  List<Event> events(long revision) {
    return transactions.get((int) (revision - FIRST_REVISION));
  }

  /** All keys after a revision. */
  NavigableMap<ByteString, KeyValue> at(long revision) {
    return states.get((int) (revision - FIRST_REVISION));
  }
}
