package dev.rowan.it.linearizability;

import com.google.protobuf.Message;
import dev.rowan.proto.mvccpb.Event;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A history as a right server makes it, to be spoilt by tests. Each step says when it was asked and
 * when answered; the order of the steps is the one order. Not thread-safe.
 */
final class Story {
  final NavigableMap<Long, List<Event>> transactions = new TreeMap<>();
  final List<Operation> operations = new ArrayList<>();
  final List<Sighting> sightings = new ArrayList<>();
  long compacted;

  Log log() {
    return Log.of(transactions);
  }

  /** What happened at a revision. */
  List<Event> events(long revision) {
    return Objects.requireNonNull(transactions.get(revision));
  }

  /** Only the first event of a revision remains. */
  void halve(long revision) {
    transactions.put(revision, events(revision).subList(0, 1));
  }

  /** The next operation in order; returns its answer. */
  Message does(Message request, long invoked, long returned) {
    Message response = happens(request);
    tells(request, invoked, returned, response);
    return response;
  }

  /** A client is told this, whatever is true. */
  void tells(Message request, long invoked, long returned, Message response) {
    add(request, invoked, returned, new Operation.Answered(response));
  }

  /** A client is told an error. */
  void refuses(Message request, long invoked, long returned, Status.Code code, String text) {
    add(request, invoked, returned, new Operation.Refused(code, text));
  }

  /** A client is not told whether it happened. */
  void leavesOpen(Message request, long invoked) {
    add(request, invoked, Long.MAX_VALUE, new Operation.Open("UNAVAILABLE"));
  }

  /** It happens now, without anybody's being told. */
  Message happens(Message request) {
    Log log = log();
    Model.Result result = Model.apply(request, log, log.last());
    if (!result.events().isEmpty()) {
      transactions.put(log.last() + 1, result.events());
    }
    return result.response();
  }

  /** A serializable read is answered from an older state. */
  void readsAt(long revision, Message request, long invoked, long returned) {
    tells(request, invoked, returned, Model.apply(request, log(), revision).response());
  }

  private void add(Message request, long invoked, long returned, Operation.Outcome outcome) {
    operations.add(new Operation(operations.size(), "0", request, invoked, returned, outcome));
  }

  List<String> findings() {
    return Linearizability.judge(log(), operations, sightings, compacted);
  }
}
