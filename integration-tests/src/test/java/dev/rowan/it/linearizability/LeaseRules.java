package dev.rowan.it.linearizability;

import dev.rowan.it.linearizability.Operation.Refused;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.mvccpb.Event;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds the leases against the order of the writes. Leases have no revisions of their own, but each
 * id is granted once, so a lease lives from one place in the order to another: a key may be
 * attached in between only, and "not found" may be said outside only. Used once, by one thread.
 */
final class LeaseRules {
  private final List<String> findings;
  private final Map<Long, Life> lives = new HashMap<>();

  /** What was asked about one lease. */
  private static final class Life {
    private @Nullable Operation grant;
    private @Nullable Placed granted;
    private final List<Operation> revokes = new ArrayList<>();
    private @Nullable Placed revoked;

    /** Whether it may have been away at a moment between the two times. */
    boolean mayBeAway(Operation asked) {
      boolean maybeNotYet = grant == null || granted == null || grant.returned() >= asked.invoked();
      return maybeNotYet
          || revokes.stream().anyMatch(revoke -> revoke.invoked() <= asked.returned());
    }
  }

  LeaseRules(List<Operation> operations, List<Placed> placed, List<String> findings) {
    this.findings = findings;
    for (Operation operation : operations) {
      boolean refused = operation.outcome() instanceof Refused;
      if (operation.request() instanceof LeaseGrantRequest grant && !refused) {
        life(grant.getID()).grant = operation;
      } else if (operation.request() instanceof LeaseRevokeRequest revoke && !refused) {
        life(revoke.getID()).revokes.add(operation);
      }
    }
    placed.forEach(this::place);
  }

  private Life life(long leaseId) {
    return lives.computeIfAbsent(leaseId, _ -> new Life());
  }

  private void place(Placed placed) {
    if (placed.operation().request() instanceof LeaseGrantRequest grant) {
      life(grant.getID()).granted = placed;
    } else if (placed.operation().request() instanceof LeaseRevokeRequest revoke) {
      Life life = life(revoke.getID());
      if (life.revoked != null) {
        findings.add("a lease ended twice: " + life.revoked + " and " + placed);
      }
      life.revoked = placed;
    }
  }

  /** Adds a finding for each key that was attached to a lease outside its life. */
  void checkAttachments(Log log) {
    for (long revision = Log.FIRST_REVISION + 1; revision <= log.last(); revision++) {
      for (Event event : log.events(revision)) {
        long leaseId = event.getKv().getLease();
        if (leaseId != 0) {
          check(life(leaseId), Placed.at(revision), event);
        }
      }
    }
  }

  private void check(Life life, long place, Event event) {
    String text = Operation.text(event);
    if (life.grant == null) {
      findings.add("attached to a lease that nobody granted: " + text);
    } else if (life.granted != null && place < life.granted.place()) {
      findings.add("attached to a lease before its grant, " + life.granted + ": " + text);
    }
    if (life.revoked != null && place > life.revoked.place()) {
      findings.add("attached to a lease after its end, " + life.revoked + ": " + text);
    }
  }

  /** Adds a finding for each refusal that cannot be true. */
  void checkRefusals(List<Operation> operations) {
    for (Operation operation : operations) {
      if (operation.outcome() instanceof Refused(Status.Code code, String ignored)
          && code == Status.Code.NOT_FOUND
          && leases(operation).noneMatch(id -> life(id).mayBeAway(operation))) {
        findings.add("a lease that is there was not found: " + operation);
      }
    }
  }

  /**
   * That a lease was not found, after it was granted and with one known end, is a sight of its end.
   */
  List<Sighting> sightings(List<Operation> operations) {
    List<Sighting> all = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.outcome() instanceof Refused(Status.Code code, String ignored)
          && code == Status.Code.NOT_FOUND) {
        List<Life> asked = leases(operation).distinct().map(this::life).toList();
        Life only = asked.size() == 1 ? asked.getFirst() : null;
        if (only != null
            && only.revoked != null
            && only.granted != null
            && only.granted.operation().returned() < operation.invoked()
            && only.revokes.size() == 1) {
          all.add(new Sighting(operation.returned(), only.revoked.place(), operation.toString()));
        }
      }
    }
    return all;
  }

  /** Whose absence can have been the reason for a refusal. */
  private static Stream<Long> leases(Operation operation) {
    return switch (operation.request()) {
      case PutRequest put -> Stream.of(put.getLease());
      case LeaseRevokeRequest revoke -> Stream.of(revoke.getID());
      case TxnRequest txn ->
          Stream.concat(txn.getSuccessList().stream(), txn.getFailureList().stream())
              .filter(RequestOp::hasRequestPut)
              .map(op -> op.getRequestPut().getLease())
              .filter(id -> id != 0);
      default -> Stream.empty();
    };
  }
}
