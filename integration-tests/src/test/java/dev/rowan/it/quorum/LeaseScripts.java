package dev.rowan.it.quorum;

import dev.rowan.it.LeaseSession;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import java.util.ArrayList;
import java.util.List;

/** A lease that is granted at one member, and used at the others. */
final class LeaseScripts {
  private static final long LEASE = 77;
  private static final long SHORT = 78;
  private static final long TTL_SECONDS = 1000;

  /** A lease of so many seconds is not over yet when what was granted has been asked for. */
  private static final long FRESH_SECONDS = 900;

  private LeaseScripts() {}

  static void grantedAndKept(Trio trio) {
    trio.note("granted", () -> trio.client(1).lease().leaseGrant(granting(LEASE, TTL_SECONDS)));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.note("granted again", () -> trio.client(at).lease().leaseGrant(granting(LEASE, 5)));
      trio.note(
          "put with it",
          () -> trio.client(at).kv().put(Requests.put("lease/" + at, "v").setLease(LEASE).build()));
      trio.note(
          "put with another",
          () -> trio.client(at).kv().put(Requests.put("lease/" + at, "v").setLease(404).build()));
    }
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      timeToLive(trio, at);
      trio.note(
          "listed",
          () -> trio.client(at).lease().leaseLeases(LeaseLeasesRequest.getDefaultInstance()));
      keepAlive(trio, at);
    }
    LeaseRevokeRequest revoke = LeaseRevokeRequest.newBuilder().setID(LEASE).build();
    trio.note("revoked", () -> trio.client(2).lease().leaseRevoke(revoke));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.note(
          "its keys", () -> trio.client(at).kv().range(Requests.range("lease/", "lease0").build()));
      trio.note("revoked again", () -> trio.client(at).lease().leaseRevoke(revoke));
      timeToLive(trio, at);
      keepAlive(trio, at);
    }
  }

  private static LeaseGrantRequest granting(long leaseId, long ttlSeconds) {
    return LeaseGrantRequest.newBuilder().setID(leaseId).setTTL(ttlSeconds).build();
  }

  private static void timeToLive(Trio trio, int at) {
    LeaseTimeToLiveResponse answer =
        trio.client(at)
            .lease()
            .leaseTimeToLive(
                LeaseTimeToLiveRequest.newBuilder().setID(LEASE).setKeys(true).build());
    trio.note("fresh", answer.getTTL() > FRESH_SECONDS && answer.getTTL() < TTL_SECONDS);
    trio.note("its keys", answer.getKeysList().stream().map(Object::toString).sorted().count());
    trio.note("lease", () -> answer.toBuilder().clearKeys().clearTTL().build());
  }

  private static void keepAlive(Trio trio, int at) {
    try (LeaseSession session = trio.client(at).keepAlive()) {
      session.renew(LEASE);
      if (session.next() instanceof Received.Response<LeaseKeepAliveResponse>(var message)) {
        trio.note("kept", () -> message);
      } else {
        trio.note("kept", "not");
      }
    }
  }

  /** Each member's watchers see the deletion when its time is over. */
  static void ended(Trio trio) {
    List<WatchSession> watches = new ArrayList<>();
    for (int i = 0; i < trio.size(); i++) {
      WatchSession watch = trio.client(i).watch();
      watch.create(Requests.watch("short"));
      trio.note("created", WatchScripts.text(trio, watch.next()));
      watches.add(watch);
    }
    trio.note("granted", () -> trio.client(2).lease().leaseGrant(granting(SHORT, 2)));
    trio.note(
        "put with it",
        () -> trio.client(1).kv().put(Requests.put("short", "v").setLease(SHORT).build()));
    for (WatchSession watch : watches) {
      trio.note("put", WatchScripts.text(trio, watch.next()));
      trio.note("deleted", WatchScripts.text(trio, watch.next()));
      watch.close();
    }
  }
}
