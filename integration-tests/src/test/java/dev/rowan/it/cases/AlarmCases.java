package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.exists;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** M-1, M-2, M-11 and M-12: alarms, and what they forbid. Every case disarms what it raised. */
public final class AlarmCases {
  /** Not the server's own: an alarm counts whoever raised it. */
  private static final long MEMBER = 5;

  private static final int UNKNOWN_TYPE = 7;
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);

  private AlarmCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("M-2 alarms are raised, listed and disarmed", AlarmCases::lifecycle),
        new Case("M-2 an alarm of an unknown type is kept", AlarmCases::unknownType),
        new Case("M-1 a status lists the alarms", AlarmCases::status),
        new Case("M-11 NOSPACE refuses what grows", AlarmCases::noSpace),
        new Case("M-12 CORRUPT refuses what writes", AlarmCases::corrupt),
        new Case("M-12 CORRUPT goes before NOSPACE", AlarmCases::both),
        new Case("C-11 alarms come after static checks, before others", AlarmCases::order),
        new Case("M-12 a lease does not end while CORRUPT is raised", AlarmCases::leaseStays));
  }

  private static void alarm(Side s, AlarmAction action, long member, AlarmType type) {
    alarm(s, AlarmRequest.newBuilder().setAction(action).setMemberID(member).setAlarm(type));
  }

  /** Writes down the alarms in one order: a list of all has none in etcd. */
  private static void alarm(Side s, AlarmRequest.Builder request) {
    AlarmResponse answer = s.unary(MaintenanceGrpc.getAlarmMethod(), request.build());
    List<AlarmMember> sorted =
        answer.getAlarmsList().stream()
            .sorted(
                Comparator.comparingInt(AlarmMember::getAlarmValue)
                    .thenComparingLong(AlarmMember::getMemberID))
            .toList();
    s.note(
        s.text(request.build()),
        s.text(answer.toBuilder().clearAlarms().addAllAlarms(sorted).build()));
  }

  private static void raise(Side s, AlarmType type) {
    alarm(s, AlarmAction.ACTIVATE, MEMBER, type);
  }

  private static void disarm(Side s, AlarmType type) {
    alarm(s, AlarmAction.DEACTIVATE, MEMBER, type);
  }

  private static void lifecycle(Side s) {
    alarm(s, AlarmAction.GET, 0, AlarmType.NONE);
    alarm(s, AlarmAction.ACTIVATE, 1, AlarmType.NONE);
    alarm(s, AlarmAction.ACTIVATE, 1, AlarmType.NOSPACE);
    alarm(s, AlarmAction.ACTIVATE, 1, AlarmType.NOSPACE);
    alarm(s, AlarmAction.ACTIVATE, -2, AlarmType.NOSPACE);
    alarm(s, AlarmAction.ACTIVATE, 0, AlarmType.CORRUPT);
    for (AlarmType type : List.of(AlarmType.NONE, AlarmType.NOSPACE, AlarmType.CORRUPT)) {
      alarm(s, AlarmAction.GET, 0, type);
      alarm(s, AlarmAction.GET, 404, type);
    }
    alarm(s, AlarmAction.DEACTIVATE, 404, AlarmType.NOSPACE);
    alarm(s, AlarmAction.DEACTIVATE, 1, AlarmType.CORRUPT);
    alarm(s, AlarmAction.DEACTIVATE, 1, AlarmType.NONE);
    alarm(s, AlarmAction.DEACTIVATE, 1, AlarmType.NOSPACE);
    alarm(s, AlarmAction.DEACTIVATE, 1, AlarmType.NOSPACE);
    alarm(s, AlarmAction.GET, 0, AlarmType.NONE);
    alarm(s, AlarmAction.DEACTIVATE, -2, AlarmType.NOSPACE);
    alarm(s, AlarmAction.DEACTIVATE, 0, AlarmType.CORRUPT);
    alarm(s, AlarmAction.GET, 0, AlarmType.NONE);
    s.put(put("a", "1"));
  }

  private static void unknownType(Side s) {
    AlarmRequest.Builder request =
        AlarmRequest.newBuilder().setMemberID(MEMBER).setAlarmValue(UNKNOWN_TYPE);
    alarm(s, request.setAction(AlarmAction.ACTIVATE));
    alarm(s, request.setAction(AlarmAction.GET));
    alarm(s, AlarmAction.GET, 0, AlarmType.NONE);
    s.put(put("a", "1"));
    errors(s);
    alarm(s, request.setAction(AlarmAction.DEACTIVATE));
  }

  private static void status(Side s) {
    errors(s);
    raise(s, AlarmType.NOSPACE);
    errors(s);
    disarm(s, AlarmType.NOSPACE);
    alarm(s, AlarmAction.ACTIVATE, 0, AlarmType.CORRUPT);
    errors(s);
    alarm(s, AlarmAction.DEACTIVATE, 0, AlarmType.CORRUPT);
    errors(s);
  }

  /** How many blanks there are between two fields differs from build to build of etcd. */
  private static void errors(Side s) {
    StatusResponse status =
        s.unary(MaintenanceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
    s.note("errors", status.getErrorsList().toString().replaceAll(" +", " "));
  }

  private static void noSpace(Side s) {
    before(s);
    raise(s, AlarmType.NOSPACE);
    writes(s);
    disarm(s, AlarmType.NOSPACE);
    s.put(put("after", "1"));
    s.range(all());
  }

  private static void corrupt(Side s) {
    before(s);
    raise(s, AlarmType.CORRUPT);
    writes(s);
    s.compact(s.rev(1));
    disarm(s, AlarmType.CORRUPT);
    s.put(put("after", "1"));
    s.range(all());
  }

  private static void both(Side s) {
    before(s);
    raise(s, AlarmType.NOSPACE);
    raise(s, AlarmType.CORRUPT);
    writes(s);
    disarm(s, AlarmType.CORRUPT);
    s.put(put("a", "1"));
    s.delete(delete("d"));
    disarm(s, AlarmType.NOSPACE);
    s.put(put("a", "1"));
  }

  private static void before(Side s) {
    s.putAll("a", "b", "c", "d", "e", "f");
    s.grant(100, 41);
    s.grant(100, 42);
    s.put(put("leased", "1").setLease(41));
  }

  /** Every kind of request that writes, and some that don't. */
  private static void writes(Side s) {
    s.put(put("a", "2"));
    s.put(put("new", "1"));
    s.delete(delete("a"));
    s.delete(delete("missing"));
    s.txn(then(op(delete("b"))));
    s.txn(then(op(put("c", "2"))));
    s.txn(txn().addCompare(exists("c")).addFailure(op(put("c", "2"))).addSuccess(op(delete("c"))));
    s.txn(then(op(then(op(put("d", "2"))))));
    s.txn(then(op(then(op(get("d"))))));
    s.txn(then(op(get("d"))));
    s.txn(txn().addCompare(exists("d")));
    s.grant(100, 43);
    s.timeToLive(41, true);
    s.leases();
    s.keepAlives().renew(42);
    s.revoke(41);
    s.revoke(404);
    s.range(all());
    s.delete(delete("e", OPEN));
  }

  private static void order(Side s) {
    s.put(put("a", "1"));
    for (AlarmType type : List.of(AlarmType.NOSPACE, AlarmType.CORRUPT)) {
      raise(s, type);
      s.put(put("", "1"));
      s.put(put("a", "1").setIgnoreValue(true));
      s.put(put("a", "1").setLease(404));
      s.put(put("missing", "").setIgnoreValue(true));
      s.txn(then(op(put("a", "1")), op(put("a", "2"))));
      s.txn(then(op(put("a", "1").setLease(404))));
      s.txn(then(op(get("a").setRevision(s.rev(100))), op(put("a", "1"))));
      s.delete(delete(""));
      s.compact(s.rev(100));
      s.compact(-1);
      s.grant(9_000_000_001L, 44);
      disarm(s, type);
    }
  }

  private static void leaseStays(Side s) {
    s.grant(2, 45);
    s.put(put("leased", "1").setLease(45));
    raise(s, AlarmType.CORRUPT);
    var timeToLive = LeaseTimeToLiveRequest.newBuilder().setID(45).build();
    await()
        .atMost(WAIT_MAX)
        .until(() -> s.unary(LeaseGrpc.getLeaseTimeToLiveMethod(), timeToLive).getTTL() < 0);
    s.range(get("leased"));
    s.leases();
    disarm(s, AlarmType.CORRUPT);
    RangeRequest leased = get("leased").build();
    await().atMost(WAIT_MAX).until(() -> s.unary(KVGrpc.getRangeMethod(), leased).getCount() == 0);
    s.leases();
    s.range(get("leased"));
  }
}
