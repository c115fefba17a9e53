package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.exists;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.range;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.txn;
import static dev.rowan.it.conformance.Requests.watch;
import static dev.rowan.proto.authpb.Permission.Type.READ;
import static dev.rowan.proto.authpb.Permission.Type.READWRITE;

import com.google.protobuf.ByteString;
import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Session;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import dev.rowan.proto.etcdserverpb.DowngradeRequest;
import dev.rowan.proto.etcdserverpb.DowngradeResponse;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.HashResponse;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteResponse;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveResponse;
import dev.rowan.proto.etcdserverpb.MemberUpdateRequest;
import dev.rowan.proto.etcdserverpb.MemberUpdateResponse;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderResponse;
import java.util.List;

/** C-11, L-9, W-5: what users may do, and what is said if they may not. */
public final class PermissionCases {
  private static final int TOO_LARGE_BYTES = 1_600_000;

  private PermissionCases() {}

  /** The cases; each needs servers of its own. */
  public static List<Case> cases() {
    return List.of(
        new Case("A-13 points, unions and open ends", PermissionCases::ranges),
        new Case("A-14 reads and writes of keys", PermissionCases::keys),
        new Case("A-14 transactions, with both branches", PermissionCases::transactions),
        new Case("A-14 L-9 leases and their keys", PermissionCases::leases),
        new Case("A-14 W-5 watches", PermissionCases::watches),
        new Case("A-11 A-14 calls without keys", PermissionCases::calls),
        new Case("C-11 the order of refusals", PermissionCases::order));
  }

  private static void ranges(Side s) {
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    s.note("granted", "adjacent, overlapping, apart, a key and what follows it, an open end");
    root.permit("part", READ, "d", "f");
    root.permit("part", READ, "e", "g");
    root.permit("part", READ, "h", "i");
    root.permit("part", READ, "k", "");
    root.permit("part", READ, "k\0", "l");
    root.permit("part", READ, "x", OPEN);
    for (String key : new String[] {"a", "b", "c", "d", "g", "h", "k", "k\0", "k0", "l", "x"}) {
      alice.range(get(key));
    }
    String[][] pairs = {
      {"b", "d"}, {"b", "g"}, {"b", "h"}, {"c", "f"}, {"b", "i"}, {"a", "c"}, {"k", "l"},
      {"k", "k\0"}, {"k", "m"}, {"x", "y"}, {"x", OPEN}, {"z", OPEN}, {"w", OPEN}, {"b", OPEN},
      {"\0", OPEN}, {"c", "b"}, {"a", "\0\0"}, {"g", "b"}
    };
    for (String[] pair : pairs) {
      alice.range(range(pair[0], pair[1]).setCountOnly(true));
      alice.rangeStream(range(pair[0], pair[1]));
    }
    root.addRole("more");
    root.permit("more", READWRITE, "\0", OPEN);
    root.grantRole("alice", "more");
    alice.range(all());
    alice.delete(delete("\0", OPEN));
    root.deleteRole("more");
    alice.range(all());
    root.grantRole("alice", "root");
    alice.range(all());
  }

  private static void keys(Side s) {
    Session nobody = Session.nobody(s);
    nobody.put(put("a", "1"));
    nobody.put(put("b", "1"));
    nobody.put(put("c", "1"));
    nobody.put(put("d", "1"));
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    for (Session each : List.of(nobody, alice, root)) {
      for (String key : new String[] {"a", "b", "c", "d"}) {
        each.range(get(key));
        each.range(get(key).setSerializable(true));
        each.range(get(key).setRevision(2));
        each.put(put(key, "2"));
        each.put(put(key, "3").setPrevKv(true));
        each.delete(delete(key).setPrevKv(true));
        each.delete(delete(key));
      }
      each.delete(delete("c", "e"));
      each.delete(delete("c", "e").setPrevKv(true));
      each.delete(delete("c", "d").setPrevKv(true));
      each.delete(delete("c", OPEN));
    }
  }

  private static void transactions(Side s) {
    Session nobody = Session.nobody(s);
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    for (Session each : List.of(nobody, alice, root)) {
      each.txn(txn());
      each.txn(then(op(get("b")), op(range("b", "d"))));
      each.txn(then(op(get("b")), op(get("d"))));
      each.txn(txn().addFailure(op(get("a"))));
      each.txn(txn().addCompare(exists("b")));
      each.txn(txn().addCompare(exists("a")));
      each.txn(txn().addCompare(exists("c").toBuilder().setRangeEnd(ByteString.copyFromUtf8("e"))));
      each.txn(then(op(put("c", "1")), op(get("c"))));
      each.txn(then(op(put("d", "1"))));
      each.txn(then(op(put("d", "1").setPrevKv(true))));
      each.txn(then(op(put("c", "1"))).addFailure(op(put("a", "1"))));
      each.txn(then(op(put("c", "1"))).addFailure(op(get("a"))));
      each.txn(then(op(put("c", "1"))).addCompare(exists("d")));
      each.txn(then(op(delete("d"))));
      each.txn(then(op(delete("d").setPrevKv(true))));
      each.txn(then(op(delete("b"))));
      each.txn(then(op(then(op(put("c", "1"))))));
      each.txn(then(op(then(op(put("c", "1"))).addFailure(op(put("a", "1"))))));
      each.txn(then(op(txn().addCompare(exists("a")))));
    }
  }

  private static void leases(Side s) {
    Session nobody = Session.nobody(s);
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    nobody.grant(1);
    alice.grant(1);
    alice.grant(2);
    alice.grant(2);
    root.grant(3);
    alice.put(put("c", "1").setLease(1));
    alice.put(put("d", "1").setLease(2));
    root.put(put("a", "1").setLease(3));
    for (Session each : List.of(nobody, alice, root)) {
      for (long leaseId = 1; leaseId <= 4; leaseId++) {
        each.timeToLive(leaseId, false);
        each.timeToLive(leaseId, true);
        each.keepAlives().renew(leaseId);
      }
      each.leases();
    }
    s.note("attached", "a key that alice may not write");
    alice.put(put("c", "2").setLease(3));
    alice.txn(then(op(put("c", "2").setLease(3))));
    alice.put(put("c", "2").setLease(4));
    root.put(put("a", "2").setLease(1));
    alice.put(put("c", "2").setLease(1));
    alice.revoke(1);
    alice.revoke(3);
    alice.revoke(4);
    nobody.revoke(2);
    alice.revoke(2);
    root.revoke(1);
    root.revoke(3);
    alice.leases();
    root.range(all());
  }

  private static void watches(Side s) {
    Session nobody = Session.nobody(s);
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    nobody.watches().create(watch("b"));
    nobody.with("nonsense", "token", "x.1").watches().create(watch("b"));
    var watches = alice.watches();
    watches.create(watch("a"));
    watches.create(watch("b"));
    watches.create(watch("b", "d"));
    watches.create(watch("b", OPEN));
    watches.create(watch("", ""));
    watches.create(watch("\0", OPEN));
    watches.create(watch("a").setStartRevision(-1));
    watches.create(watch("c", "b"));
    watches.create(watch("d", "c"));
    watches.create(watch("b").setWatchId(1));
    watches.create(watch("a").setWatchId(1));
    root.put(put("b", "1"));
    watches.events(2);
    s.note("revoked", "watches go on");
    root.revokeRole("alice", "part");
    root.put(put("b", "2"));
    watches.events(2);
    watches.create(watch("b"));
    root.grantRole("alice", "part");
    root.permit("part", READ, "x", OPEN);
    watches.create(watch("x", OPEN));
    root.watches().create(watch("\0", OPEN));
  }

  private static void calls(Side s) {
    Session nobody = Session.nobody(s);
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    Session ghost = root.login("alice");
    Session wrong = nobody.with("nonsense", "token", "nonsense");
    for (Session each : List.of(nobody, alice, wrong)) {
      forRoot(each);
    }
    nobody.call(
        MaintenanceGrpc.getAlarmMethod(),
        AlarmRequest.getDefaultInstance(),
        AlarmResponse.getDefaultInstance());
    alice.call(
        MaintenanceGrpc.getAlarmMethod(),
        AlarmRequest.getDefaultInstance(),
        AlarmResponse.getDefaultInstance());
    root.call(
        KVGrpc.getCompactMethod(),
        CompactionRequest.newBuilder().setRevision(1).build(),
        CompactionResponse.getDefaultInstance());
    root.deleteUser("alice");
    forRoot(ghost);
  }

  private static void forRoot(Session each) {
    each.call(
        KVGrpc.getCompactMethod(),
        CompactionRequest.newBuilder().setRevision(1).build(),
        CompactionResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getAlarmMethod(),
        AlarmRequest.newBuilder().setAction(AlarmAction.ACTIVATE).build(),
        AlarmResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getAlarmMethod(),
        AlarmRequest.newBuilder().setAction(AlarmAction.DEACTIVATE).build(),
        AlarmResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getDefragmentMethod(),
        DefragmentRequest.getDefaultInstance(),
        DefragmentResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getHashMethod(),
        HashRequest.getDefaultInstance(),
        HashResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getHashKVMethod(),
        HashKVRequest.getDefaultInstance(),
        HashKVResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getMoveLeaderMethod(),
        MoveLeaderRequest.getDefaultInstance(),
        MoveLeaderResponse.getDefaultInstance());
    each.call(
        MaintenanceGrpc.getDowngradeMethod(),
        DowngradeRequest.getDefaultInstance(),
        DowngradeResponse.getDefaultInstance());
    each.call(
        ClusterGrpc.getMemberAddMethod(),
        MemberAddRequest.newBuilder().addPeerURLs("http://127.0.0.1:1").build(),
        MemberAddResponse.getDefaultInstance());
    each.call(
        ClusterGrpc.getMemberRemoveMethod(),
        MemberRemoveRequest.newBuilder().setID(1).build(),
        MemberRemoveResponse.getDefaultInstance());
    each.call(
        ClusterGrpc.getMemberUpdateMethod(),
        MemberUpdateRequest.newBuilder().setID(1).addPeerURLs("http://127.0.0.1:1").build(),
        MemberUpdateResponse.getDefaultInstance());
    each.call(
        ClusterGrpc.getMemberPromoteMethod(),
        MemberPromoteRequest.newBuilder().setID(1).build(),
        MemberPromoteResponse.getDefaultInstance());
  }

  private static void order(Side s) {
    Session nobody = Session.nobody(s);
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    Session wrong = nobody.with("nonsense", "token", "nonsense");
    for (Session each : List.of(nobody, wrong, alice)) {
      each.put(put("", "1"));
      each.put(put("a", "1").setIgnoreValue(true));
      each.put(put("a", "").setIgnoreValue(true));
      each.put(put("c", "").setIgnoreValue(true));
      each.put(put("a", "1").setLease(404));
      each.put(put("c", "1").setLease(404));
      each.put(put("a", "1".repeat(TOO_LARGE_BYTES)));
      each.delete(delete(""));
      each.range(get(""));
      each.range(get("a").setRevision(1_000));
      each.range(get("b").setRevision(1_000));
      each.txn(then(op(put("a", "1")), op(put("a", "1"))));
      each.txn(then(op(put("a", "1").setLease(404))));
      each.txn(then(op(put("c", "1").setLease(404))));
      each.txn(then(op(get("a").setRevision(1_000)), op(put("c", "1"))));
      each.revoke(404);
      each.timeToLive(404, true);
      each.keepAlives().renew(404);
      each.call(
          KVGrpc.getCompactMethod(),
          CompactionRequest.newBuilder().setRevision(1_000).build(),
          CompactionResponse.getDefaultInstance());
    }
  }
}
