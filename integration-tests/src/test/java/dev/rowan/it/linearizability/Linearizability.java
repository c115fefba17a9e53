package dev.rowan.it.linearizability;

import com.google.protobuf.Message;
import dev.rowan.it.linearizability.Operation.Answered;
import dev.rowan.it.linearizability.Operation.Open;
import dev.rowan.it.linearizability.Operation.Refused;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Judges a history of concurrent operations: is there one order of all of them, in which each gives
 * the answer that it gave, and which no two operations contradict by the clock?
 *
 * <p>In general that is a search through all orders of what overlapped (Wing and Gong; Lowe and
 * Porcupine cut it short with a cache of states). Here nothing need be searched: each answer names
 * a revision, and with it the operation's place. A write that was acknowledged at revision 7 is the
 * 7th; a read, or a write that changed nothing, that answers revision 7 is after the 7th and before
 * the 8th. So the only order possible is written in the answers, and it remains to check it:
 *
 * <ol>
 *   <li>the log (what a watcher of everything got) has at each revision the write that claims it,
 *       and the {@link Model}, asked at the state before it, does just that and answers just that;
 *   <li>what answers the revision of a state is answered by the model at that state likewise;
 *   <li>no operation has a place before that of one that was over when it began. A place counts as
 *       seen when any answer or event of it has come to a client. Serializable reads may lag behind
 *       all that, but not behind what their own instance has answered before;
 *   <li>each revision that nobody claims is a write of unknown outcome, each of these once at most,
 *       and begun before anybody saw it ({@link Claims}). Those not found did not happen.
 * </ol>
 *
 * <pre>
 *     client 1   |-- put a=1: rev 2 --|        |---- get a: a=2 at rev 3 ----|
 *     client 2        |------ put a=2: connection lost (unknown)
 *     client 3                                          |-- get a: a=1 at rev 2 --|
 *     watcher          2: a=1    3: a=2                                     --> time
 *
 *     log      2: a=1                3: a=2
 *     places   4 put a=1 (client 1)  6 nobody's: only client 2's put does this here, and it was
 *                                      begun before 3 was first seen, so it is that
 *                                    7 get a=2 (client 1): holds, a is 2 at 3
 *              5 get a=1 (client 3): a is 1 at 2, so the answer is true of that revision; but it
 *                                    began after the watcher had been told of 3 (place 7 > 5):
 *                                    a finding, this read is stale
 * </pre>
 *
 * <p>A history without findings is linearizable, as the order is there; and one with a finding is
 * not, as there is no other order. Leases alone have no revisions: {@link LeaseRules} checks what
 * follows from their ids being granted once.
 */
final class Linearizability {
  private final Log log;
  private final List<Operation> operations;
  private final long compacted;
  private final List<String> findings = new ArrayList<>();
  private final List<Placed> placed = new ArrayList<>();
  private final Claims claims;

  private Linearizability(Log log, List<Operation> operations, long compacted) {
    this.log = log;
    this.operations = operations;
    this.compacted = compacted;
    claims = new Claims(log, operations, findings);
  }

  /**
   * Returns what is wrong with a history; nothing if it is linearizable.
   *
   * @param watched what watchers were told, and when
   * @param compacted the highest revision that somebody asked to compact; 0 for none
   */
  static List<String> judge(
      Log log, List<Operation> operations, List<Sighting> watched, long compacted) {
    return new Linearizability(log, operations, compacted).judge(watched);
  }

  private List<String> judge(List<Sighting> watched) {
    for (Operation operation : operations) {
      if (operation.outcome() instanceof Answered(Message response)) {
        answered(operation, response);
      }
    }
    List<Sighting> sightings = new ArrayList<>(watched);
    placed.forEach(one -> sightings.add(sighting(one)));
    claims.explainTheRest(new RealTime(sightings, log.last()));
    for (Operation operation : operations) {
      Long revision = claims.revisionOf(operation);
      if (operation.outcome() instanceof Open && revision != null) {
        placed.add(new Placed(operation, revision, true));
      }
    }
    LeaseRules leases = new LeaseRules(operations, placed, findings);
    leases.checkAttachments(log);
    leases.checkRefusals(operations);
    sightings.addAll(leases.sightings(operations));
    checkOrder(new RealTime(sightings, log.last()));
    checkRefusals();
    return findings;
  }

  private static Sighting sighting(Placed one) {
    return new Sighting(one.operation().returned(), one.place(), one.operation().toString());
  }

  private void answered(Operation operation, Message response) {
    long revision = Answers.revision(response);
    if (!log.has(revision)) {
      findings.add(
          "the log ends at %d, so this was lost or never was: %s".formatted(log.last(), operation));
      return;
    }
    boolean wrote = claims.wrote(operation, revision);
    placed.add(new Placed(operation, revision, wrote));
    Model.Result right = Model.apply(operation.request(), log, wrote ? revision - 1 : revision);
    if (!right.response().equals(Answers.plain(response))) {
      findings.add(
          "a wrong answer, right at that revision were {%s}: %s"
              .formatted(Operation.text(right.response()), operation));
    } else if (!right.events().equals(wrote ? log.events(revision) : List.of())) {
      findings.add(
          "the log has not what was written: revision %d is %s, and should be %s: %s"
              .formatted(revision, log.events(revision), right.events(), operation));
    }
  }

  private void checkOrder(RealTime time) {
    time.check(placed.stream().filter(one -> !one.operation().serializable()).toList(), findings);
    Map<String, List<Placed>> byInstance =
        placed.stream()
            .filter(one -> one.operation().outcome() instanceof Answered)
            .filter(one -> !one.operation().instance().isEmpty())
            .collect(Collectors.groupingBy(one -> one.operation().instance()));
    for (List<Placed> own : byInstance.values()) {
      List<Sighting> sightings = own.stream().map(Linearizability::sighting).toList();
      new RealTime(sightings, log.last())
          .check(own.stream().filter(one -> one.operation().serializable()).toList(), findings);
    }
  }

  private void checkRefusals() {
    for (Operation operation : operations) {
      if (operation.outcome() instanceof Refused refused && !mayBeRefused(operation, refused)) {
        findings.add("refused without a reason: " + operation);
      }
    }
  }

  private boolean mayBeRefused(Operation operation, Refused refused) {
    if (refused.code() == Status.Code.NOT_FOUND) {
      return true; // the leases' rules have looked at it
    }
    if (refused.code() != Status.Code.OUT_OF_RANGE
        || !(operation.request() instanceof RangeRequest range)
        || range.getRevision() == 0) {
      return false;
    }
    return range.getRevision() < compacted
        || (range.getSerializable() && refused.text().contains("future"));
  }
}
