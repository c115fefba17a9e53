package dev.rowan.it.linearizability;

import com.google.protobuf.Message;
import dev.rowan.it.linearizability.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Everything that clients did and were told. Safe for concurrent use. */
final class Journal {
  private final List<Operation> operations = new ArrayList<>();
  private final AtomicLong revision = new AtomicLong(Log.FIRST_REVISION);
  private final AtomicLong compacted = new AtomicLong();

  synchronized void add(
      String instance, Message request, long invoked, long returned, Outcome outcome) {
    operations.add(new Operation(operations.size(), instance, request, invoked, returned, outcome));
  }

  synchronized List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** Somebody was told of a revision. */
  void saw(long seen) {
    revision.accumulateAndGet(seen, Math::max);
  }

  /** The highest revision that any client was told of. */
  long revision() {
    return revision.get();
  }

  /** Somebody is about to compact. */
  void compacts(long asked) {
    compacted.accumulateAndGet(asked, Math::max);
  }

  /** The highest revision that somebody asked to compact; 0 for none. */
  long compacted() {
    return compacted.get();
  }
}
