package dev.rowan.it.quorum;

import com.google.protobuf.Message;
import dev.rowan.it.Client;
import dev.rowan.it.LeaseSession;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthStatusRequest;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteResponse;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import io.grpc.StatusRuntimeException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A learner: added, started, refusing, promoted, removed. */
final class LearnerScripts {
  private static final int LEADER = 0;
  private static final int FOLLOWER = 1;
  private static final int LEARNER = 3;
  private static final String BEHIND =
      "etcdserver: can only promote a learner member which is in sync with leader";

  private LearnerScripts() {}

  static void joins(Trio trio) {
    int port = trio.newPeer();
    MemberAddResponse added = MemberScripts.add(trio, FOLLOWER, MemberScripts.adding(true, port));
    trio.name(added.getMember().getID(), "D");
    trio.note("added", () -> added.getMember());
    trio.note("all", trio.members(added.getMembersList()));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.note(
          "add another learner",
          () -> trio.client(at).cluster().memberAdd(MemberScripts.adding(true, port + 1)));
      trio.note("promote it before it runs", () -> promote(trio, at, added.getMember().getID()));
    }
    trio.note(
        "have it lead",
        () ->
            trio.client(LEADER)
                .maintenance()
                .moveLeader(
                    MoveLeaderRequest.newBuilder().setTargetID(added.getMember().getID()).build()));
    int learner = trio.join(port, added.getMembersList());
    trio.note("number", learner);
    trio.until(() -> trio.status(LEARNER).getLeader() != 0);
    trio.note("learns", trio.status(LEARNER).getIsLearner());
    refusals(trio);
  }

  private static MemberPromoteResponse promote(Trio trio, int at, long id) {
    return trio.client(at)
        .cluster()
        .memberPromote(MemberPromoteRequest.newBuilder().setID(id).build());
  }

  private static void refusals(Trio trio) {
    var _ = trio.client(LEADER).kv().put(Requests.put("learned", "v").build());
    Client learner = trio.client(LEARNER);
    trio.until(() ->
        learner.kv().range(Requests.get("learned").setSerializable(true).build()).getCount() == 1);
    calls(learner).forEach(trio::note);
    trio.note(
        "snapshot", learner.maintenance().snapshot(SnapshotRequest.getDefaultInstance()).hasNext());
    try (WatchSession watch = learner.watch()) {
      watch.create(Requests.watch("learned"));
      trio.note("watch", WatchScripts.text(trio, watch.next()));
    }
    try (LeaseSession session = learner.keepAlive()) {
      session.renew(1);
      trio.note("keepalive", session.next().toString());
    }
  }

  private static Map<String, Supplier<Message>> calls(Client client) {
    var cluster = client.cluster();
    var maintenance = client.maintenance();
    Map<String, Supplier<Message>> calls = new LinkedHashMap<>();
    calls.put("get", () -> client.kv().range(Requests.get("learned").build()));
    calls.put(
        "serializable get",
        () -> client.kv().range(Requests.get("learned").setSerializable(true).build()));
    calls.put("put", () -> client.kv().put(Requests.put("a", "").build()));
    calls.put("delete", () -> client.kv().deleteRange(Requests.delete("a").build()));
    calls.put("txn", () -> client.kv().txn(Requests.txn().build()));
    calls.put(
        "serializable txn",
        () ->
            client
                .kv()
                .txn(
                    Requests.then(Requests.op(Requests.get("learned").setSerializable(true)))
                        .build()));
    calls.put("compact", () -> client.kv().compact(CompactionRequest.getDefaultInstance()));
    calls.put("grant", () -> client.lease().leaseGrant(LeaseGrantRequest.getDefaultInstance()));
    calls.put("revoke", () -> client.lease().leaseRevoke(LeaseRevokeRequest.getDefaultInstance()));
    calls.put("leases", () -> client.lease().leaseLeases(LeaseLeasesRequest.getDefaultInstance()));
    calls.put(
        "time to live",
        () -> client.lease().leaseTimeToLive(LeaseTimeToLiveRequest.getDefaultInstance()));
    calls.put("members", () -> cluster.memberList(MemberListRequest.getDefaultInstance()));
    calls.put(
        "linearizable members",
        () -> cluster.memberList(MemberListRequest.newBuilder().setLinearizable(true).build()));
    calls.put("remove", () -> cluster.memberRemove(MemberRemoveRequest.getDefaultInstance()));
    calls.put("promote", () -> cluster.memberPromote(MemberPromoteRequest.getDefaultInstance()));
    calls.put("alarm", () -> maintenance.alarm(AlarmRequest.getDefaultInstance()));
    calls.put("hash", () -> maintenance.hash(HashRequest.getDefaultInstance()));
    calls.put("hashkv", () -> maintenance.hashKV(HashKVRequest.getDefaultInstance()));
    calls.put("defragment", () -> maintenance.defragment(DefragmentRequest.getDefaultInstance()));
    calls.put("move", () -> maintenance.moveLeader(MoveLeaderRequest.getDefaultInstance()));
    calls.put(
        "auth",
        () ->
            AuthGrpc.newBlockingStub(client.channel())
                .authStatus(AuthStatusRequest.getDefaultInstance()));
    return calls;
  }

  static void isPromotedAndLeaves(Trio trio) {
    long id = trio.status(LEARNER).getHeader().getMemberId();
    trio.until(() -> {
      try {
        trio.note("promoted", trio.members(promote(trio, FOLLOWER, id).getMembersList()));
        return true;
      } catch (StatusRuntimeException e) {
        if (BEHIND.equals(e.getStatus().getDescription())) {
          return false;
        }
        throw e;
      }
    });
    trio.until(() -> !trio.status(LEARNER).getIsLearner());
    trio.note(
        "put at it", () -> trio.client(LEARNER).kv().put(Requests.put("promoted", "v").build()));
    trio.note("get at it", () -> trio.client(LEARNER).kv().range(Requests.get("promoted").build()));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.note("list", () -> trio.members(at));
      trio.note("promote it again", () -> promote(trio, at, id));
    }
    trio.note("removed", trio.members(MemberScripts.remove(trio, LEADER, id)));
    trio.server(LEARNER).process().kill();
  }
}
