package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.put;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;
import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import dev.rowan.proto.etcdserverpb.DowngradeRequest;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import dev.rowan.proto.etcdserverpb.DowngradeResponse;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.HashResponse;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;

/** M-3, M-4, M-7 and M-8. */
public final class MaintenanceCases {
  private static final int UNKNOWN_ACTION = 9;

  private MaintenanceCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("M-3 defragmenting keeps everything", MaintenanceCases::defragment),
        new Case("M-4 a hash of everything stays and changes with it", MaintenanceCases::hash),
        new Case("M-7 the leader is moved to itself or not at all", MaintenanceCases::moveLeader));
  }

  /** Cases that leave traces. */
  public static List<Case> freshCases() {
    return List.of(
        new Case("M-8 targets of a downgrade", MaintenanceCases::downgradeTargets),
        new Case("M-8 a downgrade is begun once and cancelled", MaintenanceCases::downgradeJob));
  }

  private static void defragment(Side s) {
    s.putAll("a", "b", "c", "a");
    s.delete(delete("b"));
    s.compact(s.rev(5));
    for (int i = 0; i < 2; i++) {
      s.call(
          MaintenanceGrpc.getDefragmentMethod(),
          DefragmentRequest.getDefaultInstance(),
          DefragmentResponse.getDefaultInstance());
    }
    s.range(all());
    s.range(all().setRevision(s.rev(4)));
    s.put(put("d", "1"));
    s.range(all());
  }

  private static void hash(Side s) {
    HashResponse first = everything(s);
    HashResponse same = everything(s);
    s.put(put("a", "1"));
    HashResponse other = everything(s);
    s.note("header", s.text(other.getHeader()));
    s.note("same", Boolean.toString(first.getHash() == same.getHash()));
    s.note("other", Boolean.toString(first.getHash() != other.getHash()));
  }

  private static HashResponse everything(Side s) {
    return s.unary(MaintenanceGrpc.getHashMethod(), HashRequest.getDefaultInstance());
  }

  private static void moveLeader(Side s) {
    var status = s.unary(MaintenanceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
    for (long target : new long[] {0, 404, -1}) {
      s.call(
          MaintenanceGrpc.getMoveLeaderMethod(),
          MoveLeaderRequest.newBuilder().setTargetID(target).build(),
          MoveLeaderResponse.getDefaultInstance());
    }
    MoveLeaderRequest itself =
        MoveLeaderRequest.newBuilder().setTargetID(status.getLeader()).build();
    answer(s, "to itself", MaintenanceGrpc.getMoveLeaderMethod(), itself);
  }

  /** Makes a call of which only the answer is written down: the request has an id of its own. */
  static <Q extends Message, R extends Message> void answer(
      Side s, String request, MethodDescriptor<Q, R> method, Q message) {
    try {
      s.note(request, s.text(s.unary(method, message)));
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      s.note(request, s.text(status));
    }
  }

  private static void downgrade(Side s, DowngradeAction action, String version) {
    downgrade(s, DowngradeRequest.newBuilder().setAction(action).setVersion(version).build());
  }

  private static void downgrade(Side s, DowngradeRequest request) {
    s.call(MaintenanceGrpc.getDowngradeMethod(), request, DowngradeResponse.getDefaultInstance());
  }

  /** An etcd that has just started may not know the version of its cluster yet. */
  private static void awaitVersion(Side s) {
    DowngradeRequest request = DowngradeRequest.newBuilder().setVersion("3.6").build();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreException(StatusRuntimeException.class)
        .until(() ->
            s.unary(MaintenanceGrpc.getDowngradeMethod(), request).getVersion().equals("3.7"));
  }

  private static void downgradeTargets(Side s) {
    awaitVersion(s);
    List<String> versions =
        List.of(
            "3.6",
            "3.6.0",
            "3.6.99",
            "3.6.1-rc.0",
            "3.6.1+build",
            "03.06",
            "3.5",
            "3.7",
            "3.8",
            "4.6",
            "2.6",
            "",
            "3",
            "v3.6",
            "3.6.",
            "3.6.x",
            "3.x",
            "3.6.1.1",
            "3.6-rc.0",
            "x",
            ".",
            " 3.6");
    for (String version : versions) {
      downgrade(s, DowngradeAction.VALIDATE, version);
    }
    for (String version : List.of("", "3.5", "3.7")) {
      downgrade(s, DowngradeAction.ENABLE, version);
    }
    downgrade(s, DowngradeAction.CANCEL, "nonsense");
    downgrade(
        s, DowngradeRequest.newBuilder().setActionValue(UNKNOWN_ACTION).setVersion("3.6").build());
  }

  /**
   * An etcd looks every five seconds whether its cluster is to change its version, and then the
   * answers change too; so what was asked while it did is asked again.
   */
  private static void downgradeJob(Side s) {
    List<String> answers;
    do {
      awaitVersion(s);
      answers =
          List.of(
              info(s),
              ask(s, DowngradeAction.ENABLE, "3.6.4"),
              info(s),
              ask(s, DowngradeAction.ENABLE, "3.6"),
              ask(s, DowngradeAction.ENABLE, "3.5"),
              ask(s, DowngradeAction.VALIDATE, "3.6"),
              ask(s, DowngradeAction.VALIDATE, "nonsense"),
              ask(s, DowngradeAction.CANCEL, ""),
              info(s),
              ask(s, DowngradeAction.CANCEL, ""),
              ask(s, DowngradeAction.VALIDATE, "3.6"));
    } while (!answers.getLast().contains("version:3.7"));
    answers.forEach(answer -> s.note("downgrade", answer));
  }

  private static String ask(Side s, DowngradeAction action, String version) {
    DowngradeRequest request =
        DowngradeRequest.newBuilder().setAction(action).setVersion(version).build();
    try {
      return s.text(s.unary(MaintenanceGrpc.getDowngradeMethod(), request));
    } catch (StatusRuntimeException e) {
      return s.text(e.getStatus());
    }
  }

  private static String info(Side s) {
    var status = s.unary(MaintenanceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
    return s.text(status.getDowngradeInfo());
  }
}
