package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * M-10: the quota, on servers that have a small one. How many puts fit differs between databases,
 * so answers are written down without their revisions.
 */
public final class QuotaCases {
  /** Bytes. */
  public static final long QUOTA = 16L << 20;

  private static final int PUT_BYTES = 1 << 20;

  /** Twenty times what fits. */
  private static final int PUTS_MAX = 320;

  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private QuotaCases() {}

  /** The cases; each needs a store of its own. */
  public static List<Case> cases() {
    return List.of(
        new Case("M-10 M-11 a full store takes no puts until it is made room in", QuotaCases::full),
        new Case("M-10 a put, a transaction and a lease count", QuotaCases::costs));
  }

  /** No database can compress it. */
  private static ByteString noise(long seed) {
    byte[] bytes = new byte[PUT_BYTES];
    new Random(seed).nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private static PutRequest large(String key, long seed) {
    return put(key, "").setValue(noise(seed)).build();
  }

  /** Puts until it is refused, and writes down how. */
  private static void fill(Side s) {
    for (int i = 0; i < PUTS_MAX; i++) {
      try {
        s.unary(KVGrpc.getPutMethod(), large("filled", i));
      } catch (StatusRuntimeException e) {
        s.note("filled", s.text(e.getStatus()));
        return;
      }
    }
    s.note("filled", "never refused");
  }

  private static void full(Side s) {
    s.note("quota", Long.toString(status(s).getDbSizeQuota()));
    s.unary(LeaseGrpc.getLeaseGrantMethod(), lease(7));
    s.putAll("a", "b");
    fill(s);
    alarms(s);
    s.note("errors", Integer.toString(status(s).getErrorsCount()));
    refused(s);
    allowed(s);
    makeRoom(s);
    refused(s);
    disarm(s);
    alarms(s);
    outcome(s, "put", () -> s.unary(KVGrpc.getPutMethod(), put("a", "3").build()));
    outcome(s, "large put", () -> s.unary(KVGrpc.getPutMethod(), large("filled", -1)));
    outcome(s, "lease", () -> s.unary(LeaseGrpc.getLeaseGrantMethod(), lease(9)));
    alarms(s);
  }

  /** What is refused, whatever room there is: the alarm is raised. */
  private static void refused(Side s) {
    outcome(s, "put", () -> s.unary(KVGrpc.getPutMethod(), put("a", "2").build()));
    outcome(s, "lease", () -> s.unary(LeaseGrpc.getLeaseGrantMethod(), lease(8)));
    TxnRequest txn = txn().addFailure(op(put("a", "2"))).build();
    outcome(s, "txn", () -> s.unary(KVGrpc.getTxnMethod(), txn));
  }

  private static void allowed(Side s) {
    outcome(s, "txn", () -> s.unary(KVGrpc.getTxnMethod(), then(op(get("a"))).build()));
    outcome(s, "deletion", () -> s.unary(KVGrpc.getTxnMethod(), then(op(delete("a"))).build()));
    DeleteRangeResponse deleted = s.unary(KVGrpc.getDeleteRangeMethod(), delete("b").build());
    s.note("deleted", Long.toString(deleted.getDeleted()));
  }

  private static void makeRoom(Side s) {
    long revision = s.unary(KVGrpc.getRangeMethod(), get("a").build()).getHeader().getRevision();
    s.unary(
        KVGrpc.getCompactMethod(),
        CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());
    s.unary(MaintenanceGrpc.getDefragmentMethod(), DefragmentRequest.getDefaultInstance());
    // A server may measure its database now and then only.
    await().atMost(WAIT_MAX).until(() -> status(s).getDbSizeInUse() < QUOTA / 4);
  }

  private static void disarm(Side s) {
    for (AlarmMember alarm : list(s).getAlarmsList()) {
      AlarmRequest request =
          AlarmRequest.newBuilder()
              .setAction(AlarmAction.DEACTIVATE)
              .setMemberID(alarm.getMemberID())
              .setAlarm(alarm.getAlarm())
              .build();
      s.unary(MaintenanceGrpc.getAlarmMethod(), request);
    }
  }

  /** A request that alone exceeds the quota is refused before anything else is looked at. */
  private static void costs(Side s) {
    RequestOp[] twenty = new RequestOp[20];
    for (int i = 0; i < twenty.length; i++) {
      twenty[i] = op(put("k" + i, "").setValue(noise(i).substring(0, 65_536)));
    }
    outcome(s, "fits", () -> s.unary(KVGrpc.getTxnMethod(), then(twenty).build()));
    fill(s);
    disarm(s);
    PutRequest withoutKey = large("", 1);
    outcome(s, "put without key", () -> s.unary(KVGrpc.getPutMethod(), withoutKey));
    alarms(s);
    disarm(s);
    outcome(s, "dear branch", () -> s.unary(KVGrpc.getTxnMethod(), branches(withoutKey)));
    alarms(s);
    disarm(s);
    TxnRequest nested = then(op(txn().addSuccess(op(withoutKey.toBuilder())))).build();
    outcome(s, "nested", () -> s.unary(KVGrpc.getTxnMethod(), nested));
    alarms(s);
    disarm(s);
    outcome(s, "reads", () -> s.unary(KVGrpc.getTxnMethod(), then(op(get("k1"))).build()));
    alarms(s);
  }

  private static TxnRequest branches(PutRequest dear) {
    return txn().addSuccess(op(get("k1"))).addFailure(op(dear.toBuilder())).build();
  }

  /** What may be done. */
  private interface Call {
    void make();
  }

  private static void outcome(Side s, String name, Call call) {
    try {
      call.make();
      s.note(name, "OK");
    } catch (StatusRuntimeException e) {
      s.note(name, s.text(e.getStatus()));
    }
  }

  private static LeaseGrantRequest lease(long leaseId) {
    return LeaseGrantRequest.newBuilder().setTTL(100).setID(leaseId).build();
  }

  private static StatusResponse status(Side s) {
    return s.unary(MaintenanceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
  }

  private static AlarmResponse list(Side s) {
    return s.unary(MaintenanceGrpc.getAlarmMethod(), AlarmRequest.getDefaultInstance());
  }

  private static void alarms(Side s) {
    AlarmResponse answer = list(s);
    for (AlarmMember alarm : answer.getAlarmsList()) {
      boolean own = alarm.getMemberID() == answer.getHeader().getMemberId();
      s.note("alarm", (own ? "its own " : "another's ") + (alarm.getAlarm() == AlarmType.NOSPACE));
    }
    s.note("alarms", Integer.toString(answer.getAlarmsCount()));
  }
}
