package dev.rowan.it.linearizability;

import dev.rowan.it.linearizability.Operation.Answered;
import dev.rowan.it.linearizability.Operation.Open;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.mvccpb.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who wrote which revision. An answered write says so itself. Of the revisions that are left over,
 * each must be a write of unknown outcome: one that would do just this at just this state, and that
 * was asked for before anybody saw it. Where several could be it (two deletions of the same key),
 * the assignment that explains the most is found by augmenting paths, so that nobody is accused
 * because of an unlucky guess. Used once, by one thread.
 */
final class Claims {
  private final Log log;
  private final List<Operation> operations;
  private final List<String> findings;
  private final Map<Long, Operation> writers = new HashMap<>();
  private final Map<Integer, Long> unknowns = new HashMap<>();

  /** Leases of which an end was answered. */
  private final Set<Long> revoked = new HashSet<>();

  /** By lease the last revision at which a key was attached to it. */
  private final Map<Long, Long> attached = new HashMap<>();

  /** Finds the writers that say so themselves. */
  Claims(Log log, List<Operation> operations, List<String> findings) {
    this.log = log;
    this.operations = operations;
    this.findings = findings;
    for (Operation operation : operations) {
      if (operation.outcome() instanceof Answered(var response) && Answers.wrote(response)) {
        claim(operation, Answers.revision(response));
      }
    }
    for (Operation operation : operations) {
      if (operation.outcome() instanceof Answered(var response)
          && operation.request() instanceof LeaseRevokeRequest revoke) {
        revoked.add(revoke.getID());
        claimIfRevoked(operation, Answers.revision(response));
      }
    }
  }

  private void claim(Operation operation, long revision) {
    Operation other = writers.putIfAbsent(revision, operation);
    if (other != null) {
      findings.add("two writes at revision " + revision + ": " + other + " and " + operation);
    }
  }

  /** A revoked lease with keys wrote its answer's revision; one without keys wrote nothing. */
  private void claimIfRevoked(Operation revoke, long revision) {
    if (log.has(revision)
        && revision > Log.FIRST_REVISION
        && !writers.containsKey(revision)
        && does(revoke, revision)) {
      writers.put(revision, revoke);
    }
  }

  /** Whether an operation right before a revision does what happened there. */
  private boolean does(Operation operation, long revision) {
    List<Event> events = log.events(revision);
    return Model.apply(operation.request(), log, revision - 1).events().equals(events);
  }

  /** Finds the unknown writes that happened; adds a finding for each revision without a writer. */
  void explainTheRest(RealTime time) {
    List<Operation> unknown =
        operations.stream()
            .filter(operation -> operation.outcome() instanceof Open && canWrite(operation))
            .toList();
    for (long revision = Log.FIRST_REVISION; revision <= log.last(); revision++) {
      for (Event event : log.events(revision)) {
        attached.put(event.getKv().getLease(), revision);
      }
    }
    List<Long> unexplained = new ArrayList<>();
    Map<Long, List<Operation>> candidates = new HashMap<>();
    for (long revision = Log.FIRST_REVISION + 1; revision <= log.last(); revision++) {
      if (!writers.containsKey(revision)) {
        long at = revision;
        unexplained.add(at);
        candidates.put(at, unknown.stream().filter(operation -> canBe(operation, at)).toList());
      }
    }
    for (long revision : unexplained) {
      List<Operation> possible = candidates.getOrDefault(revision, List.of());
      if (!assign(revision, candidates, time, new HashSet<>())) {
        findings.add(unexplained(revision, possible, time));
      }
    }
  }

  /** A read writes nothing; nor does the second end of a lease, where another is known. */
  private boolean canWrite(Operation operation) {
    return switch (operation.request()) {
      case RangeRequest ignored -> false;
      case LeaseGrantRequest ignored -> false;
      case LeaseRevokeRequest revoke -> !revoked.contains(revoke.getID());
      default -> true;
    };
  }

  /** A lease to which a key is attached later has not ended yet. */
  private boolean canBe(Operation operation, long revision) {
    boolean tooEarly =
        operation.request() instanceof LeaseRevokeRequest revoke
            && attached.getOrDefault(revoke.getID(), 0L) > revision;
    return !tooEarly && does(operation, revision);
  }

  /** Gives a revision a writer, others giving way where they have another choice. */
  private boolean assign(
      long revision, Map<Long, List<Operation>> candidates, RealTime time, Set<Integer> tried) {
    for (Operation operation : candidates.getOrDefault(revision, List.of())) {
      if (operation.invoked() > time.firstSeen(revision) || !tried.add(operation.id())) {
        continue;
      }
      @Nullable Long taken = unknowns.get(operation.id());
      if (taken == null || assign(taken, candidates, time, tried)) {
        unknowns.put(operation.id(), revision);
        writers.put(revision, operation);
        return true;
      }
    }
    return false;
  }

  private String unexplained(long revision, List<Operation> possible, RealTime time) {
    StringBuilder text = new StringBuilder("revision " + revision);
    List<Event> events = log.events(revision);
    if (possible.isEmpty()) {
      text.append(" is not what anybody of unknown outcome asked for");
    } else if (possible.stream().allMatch(one -> one.invoked() > time.firstSeen(revision))) {
      text.append(" was seen before it was asked for by ").append(possible.getFirst());
    } else {
      text.append(" happened once more than it was asked for by ").append(possible.getFirst());
    }
    events.forEach(event -> text.append("; ").append(Operation.text(event)));
    for (long other = Log.FIRST_REVISION + 1; other <= log.last(); other++) {
      if (other != revision && sameValue(log.events(other), events)) {
        text.append("; the same value is at revision ").append(other);
      }
    }
    return text.toString();
  }

  private static boolean sameValue(List<Event> some, List<Event> others) {
    return others.stream()
        .filter(other -> other.getType() == Event.EventType.PUT)
        .anyMatch(other ->
            some.stream().anyMatch(one -> one.getKv().getValue().equals(other.getKv().getValue())));
  }

  /** Whether it is the operation that wrote a revision. */
  boolean wrote(Operation operation, long revision) {
    Operation writer = writers.get(revision);
    return writer != null && writer.id() == operation.id();
  }

  /** At which revision a write of unknown outcome happened; null if nowhere. */
  @Nullable Long revisionOf(Operation unknown) {
    return unknowns.get(unknown.id());
  }
}
