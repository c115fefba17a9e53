package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.put;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Pending;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.v3lockpb.LockGrpc;
import dev.rowan.proto.v3lockpb.LockRequest;
import dev.rowan.proto.v3lockpb.LockResponse;
import dev.rowan.proto.v3lockpb.UnlockRequest;
import dev.rowan.proto.v3lockpb.UnlockResponse;
import java.util.List;

/** LK-1 and LK-2: the Lock service. */
public final class LockCases {
  private LockCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("LK-1 a lock's key is its name and its lease", LockCases::keys),
        new Case("LK-1 without a lease a new one is granted, and not renewed", LockCases::newLease),
        new Case("LK-1 the same lease again returns at once", LockCases::reentrant),
        new Case("LK-1 a missing lease", LockCases::missingLease),
        new Case("LK-1 whoever came first is first", LockCases::order),
        new Case("LK-1 the same lease waits twice", LockCases::waitsTwice),
        new Case("LK-1 a waiter that goes away", LockCases::cancelled),
        new Case("LK-1 the waiter in the middle goes away", LockCases::middleCancelled),
        new Case("LK-1 its own key is lost while it waits", LockCases::ownKeyLost),
        new Case("LK-1 the holder's lease ends", LockCases::holderEnds),
        new Case("LK-1 whatever is below the name counts", LockCases::foreignKeys),
        new Case("LK-1 a compaction while it waits", LockCases::compaction),
        new Case("LK-2 unlocking", LockCases::unlocks),
        new Case("LK-2 errors are Unknown", LockCases::unlockErrors));
  }

  private static void keys(Side s) {
    for (long leaseId : new long[] {1, 0x2f, 0xABCDEF, -9, Long.MAX_VALUE, Long.MIN_VALUE}) {
      s.grant(1000, leaseId);
      lock(s, "name" + leaseId, leaseId);
    }
    lock(s, "", 1);
    lock(s, "\0\u00ff", 1);
    lock(s, "with/slash", 1);
    lock(s, "with/slash/", 1);
    s.range(all());
  }

  private static void newLease(Side s) {
    LockResponse locked =
        s.unary(LockGrpc.getLockMethod(), LockRequest.newBuilder().setName(bytes("l")).build());
    long leaseId =
        s.unary(LeaseGrpc.getLeaseLeasesMethod(), LeaseLeasesRequest.getDefaultInstance())
            .getLeases(0)
            .getID();
    var ttl = LeaseTimeToLiveRequest.newBuilder().setID(leaseId).setKeys(true).build();
    var granted = s.unary(LeaseGrpc.getLeaseTimeToLiveMethod(), ttl);
    s.note("granted", granted.getGrantedTTL() + " s");
    s.note("key", "" + locked.getKey().equals(bytes("l/" + Long.toHexString(leaseId))));
    s.note("bound", "" + granted.getKeysList().equals(List.of(locked.getKey())));
    s.note("revision", "" + (locked.getHeader().getRevision() - s.rev(0)));
    await()
        .atMost(Client.CALL_MAX)
        .until(() -> s.unary(LeaseGrpc.getLeaseTimeToLiveMethod(), ttl).getTTL() < 58);
  }

  private static void reentrant(Side s) {
    s.grant(1000, 1);
    lock(s, "l", 1);
    lock(s, "l", 1);
    s.putAll("between");
    lock(s, "l", 1);
    s.put(put("own/1", "made by hand"));
    lock(s, "own", 1);
    s.range(all());
    s.timeToLive(1, true);
  }

  private static void missingLease(Side s) {
    lock(s, "l", 404);
    lock(s, "l", -1);
    s.put(put("own/194", "made by hand"));
    lock(s, "own", 404);
    s.range(all());
    s.leases();
  }

  private static void order(Side s) {
    for (long leaseId : new long[] {5, 3, 9, 1}) {
      s.grant(1000, leaseId);
    }
    lock(s, "l", 5);
    var third = waiting(s, "l", 3);
    var ninth = waiting(s, "l", 9);
    var first = waiting(s, "l", 1);
    lock(s, "l", 5);
    unlock(s, "l/5");
    third.next();
    ninth.waits();
    unlock(s, "l/3");
    ninth.next();
    first.waits();
    s.putAll("between");
    unlock(s, "l/9");
    first.next();
    unlock(s, "l/1");
    s.range(all());
  }

  private static void waitsTwice(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    lock(s, "l", 1);
    var one = waiting(s, "l", 2);
    var two = begin(s, "l", 2);
    two.waits();
    unlock(s, "l/1");
    one.next();
    two.next();
  }

  private static void cancelled(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    lock(s, "l", 1);
    waiting(s, "l", 2).cancel();
    awaitCount(s, "l/2", 0);
    s.range(all());
    lock(s, "l", 1);
    var again = waiting(s, "l", 2);
    unlock(s, "l/1");
    again.next();
    s.timeToLive(2, true);
  }

  private static void middleCancelled(Side s) {
    for (long leaseId : new long[] {1, 2, 3}) {
      s.grant(1000, leaseId);
    }
    lock(s, "l", 1);
    var middle = waiting(s, "l", 2);
    var last = waiting(s, "l", 3);
    middle.cancel();
    awaitCount(s, "l/2", 0);
    last.waits();
    unlock(s, "l/1");
    last.next();
    s.range(all());
  }

  private static void ownKeyLost(Side s) {
    for (long leaseId : new long[] {1, 2, 3}) {
      s.grant(1000, leaseId);
    }
    lock(s, "l", 1);
    var lost = waiting(s, "l", 2);
    var ended = waiting(s, "l", 3);
    s.delete(delete("l/2"));
    lost.waits();
    s.revoke(3);
    ended.waits();
    unlock(s, "l/1");
    lost.next();
    ended.next();
    s.range(all());
  }

  private static void holderEnds(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    lock(s, "l", 1);
    var waiter = waiting(s, "l", 2);
    s.revoke(1);
    waiter.next();
    s.range(all());
  }

  private static void foreignKeys(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    s.putAll("a/none");
    var behindKey = waiting(s, "a", 1);
    s.put(put("a/none", "again"));
    behindKey.waits();
    s.delete(delete("a/none"));
    behindKey.next();
    lock(s, "b/below", 2);
    var behindLock = waiting(s, "b", 1);
    unlock(s, "b/below/2");
    behindLock.next();
    s.putAll("c", "c0", "c.");
    lock(s, "c", 1);
  }

  private static void compaction(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    lock(s, "l", 1);
    var waiter = waiting(s, "l", 2);
    s.putAll("a", "a");
    s.compact(s.rev(4));
    waiter.waits();
    unlock(s, "l/1");
    waiter.next();
  }

  private static void unlocks(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    lock(s, "l", 1);
    unlock(s, "unknown");
    unlock(s, "l");
    s.range(all());
    var waiter = waiting(s, "l", 2);
    unlock(s, "l/2");
    unlock(s, "l/1");
    waiter.next();
    unlock(s, "l/1");
    s.putAll("any");
    unlock(s, "any");
    s.range(all());
  }

  private static void unlockErrors(Side s) {
    unlock(s, "");
    s.range(all());
  }

  private static void lock(Side s, String name, long leaseId) {
    s.call(LockGrpc.getLockMethod(), request(name, leaseId), LockResponse.getDefaultInstance());
  }

  private static void unlock(Side s, String key) {
    s.call(
        LockGrpc.getUnlockMethod(),
        UnlockRequest.newBuilder().setKey(bytes(key)).build(),
        UnlockResponse.getDefaultInstance());
  }

  private static Pending<LockRequest, LockResponse> begin(Side s, String name, long leaseId) {
    return s.begin(LockGrpc.getLockMethod(), request(name, leaseId));
  }

  /** A lock call whose key is there, and which was not answered. */
  private static Pending<LockRequest, LockResponse> waiting(Side s, String name, long leaseId) {
    var call = begin(s, name, leaseId);
    awaitCount(s, name + "/" + Long.toString(leaseId, 16), 1);
    call.waits();
    return call;
  }

  private static LockRequest request(String name, long leaseId) {
    return LockRequest.newBuilder().setName(bytes(name)).setLease(leaseId).build();
  }

  /** Until there are so many keys of that name. */
  static void awaitCount(Side s, String key, long count) {
    await()
        .atMost(Client.CALL_MAX)
        .until(() -> s.unary(KVGrpc.getRangeMethod(), get(key).build()).getCount() == count);
  }
}
