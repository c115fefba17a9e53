package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.put;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Pending;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.v3electionpb.CampaignRequest;
import dev.rowan.proto.v3electionpb.CampaignResponse;
import dev.rowan.proto.v3electionpb.ElectionGrpc;
import dev.rowan.proto.v3electionpb.LeaderKey;
import dev.rowan.proto.v3electionpb.LeaderRequest;
import dev.rowan.proto.v3electionpb.LeaderResponse;
import dev.rowan.proto.v3electionpb.ProclaimRequest;
import dev.rowan.proto.v3electionpb.ProclaimResponse;
import dev.rowan.proto.v3electionpb.ResignRequest;
import dev.rowan.proto.v3electionpb.ResignResponse;
import java.util.List;

/** EL-1 and EL-2: the Election service. */
public final class ElectionCases {
  private ElectionCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("EL-1 a candidate's key, value and revision", ElectionCases::campaigns),
        new Case("EL-1 without a lease a new one is granted", ElectionCases::newLease),
        new Case("EL-1 the same lease with another value", ElectionCases::anotherValue),
        new Case("EL-1 a missing lease", ElectionCases::missingLease),
        new Case("EL-1 it blocks until elected", ElectionCases::blocks),
        new Case("EL-1 a candidate that goes away", ElectionCases::cancelled),
        new Case("EL-1 a candidate whose key is gone", ElectionCases::keyGone),
        new Case("EL-2 proclaiming", ElectionCases::proclaims),
        new Case("EL-2 proclaiming binds the key to the named lease", ElectionCases::proclaimLease),
        new Case("EL-2 resigning", ElectionCases::resigns),
        new Case("EL-2 the leader is the first to come", ElectionCases::leads),
        new Case("EL-2 observing from the leader on", ElectionCases::observes),
        new Case("EL-2 observing before there is a leader", ElectionCases::observesNone),
        new Case("EL-2 observing creates no lease", ElectionCases::observesWithoutLease));
  }

  private static void campaigns(Side s) {
    for (long leaseId : new long[] {1, 0x2f, -9, Long.MIN_VALUE}) {
      s.grant(1000, leaseId);
      campaign(s, "e" + leaseId, leaseId, "v" + leaseId);
    }
    campaign(s, "", 1, "");
    campaign(s, "\0\u00ff", 1, "\u00ff");
    s.range(all());
  }

  private static void newLease(Side s) {
    CampaignResponse elected =
        s.unary(
            ElectionGrpc.getCampaignMethod(),
            CampaignRequest.newBuilder().setName(bytes("e")).setValue(bytes("v")).build());
    LeaderKey leader = elected.getLeader();
    long leaseId =
        s.unary(LeaseGrpc.getLeaseLeasesMethod(), LeaseLeasesRequest.getDefaultInstance())
            .getLeases(0)
            .getID();
    s.note("lease", "" + (leader.getLease() == leaseId));
    s.note("key", "" + leader.getKey().equals(bytes("e/" + Long.toHexString(leaseId))));
    s.note("revision", "" + (leader.getRev() - s.rev(0)));
  }

  private static void anotherValue(Side s) {
    s.grant(1000, 1);
    campaign(s, "e", 1, "one");
    campaign(s, "e", 1, "one");
    s.range(all());
    campaign(s, "e", 1, "two");
    s.range(all());
    s.put(put("e/1", "by hand"));
    campaign(s, "e", 1, "three");
    s.range(all());
  }

  private static void missingLease(Side s) {
    campaign(s, "e", 404, "v");
    s.put(put("e/194", "other"));
    campaign(s, "e", 404, "v");
    s.range(all());
  }

  private static void blocks(Side s) {
    for (long leaseId : new long[] {5, 3, 1}) {
      s.grant(1000, leaseId);
    }
    campaign(s, "e", 5, "five");
    var third = campaigning(s, "e", 3, "three");
    var first = campaigning(s, "e", 1, "one");
    leader(s, "e");
    s.putAll("between");
    resign(s, leaderKey("e", 5, s.rev(1)));
    third.next();
    first.waits();
    leader(s, "e");
    s.revoke(3);
    first.next();
    leader(s, "e");
  }

  private static void cancelled(Side s) {
    for (long leaseId : new long[] {1, 2, 3}) {
      s.grant(1000, leaseId);
    }
    campaign(s, "e", 1, "one");
    var middle = campaigning(s, "e", 2, "two");
    var last = campaigning(s, "e", 3, "three");
    middle.cancel();
    LockCases.awaitCount(s, "e/2", 0);
    last.waits();
    resign(s, leaderKey("e", 1, s.rev(1)));
    last.next();
    s.range(all());
  }

  private static void keyGone(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    campaign(s, "e", 1, "one");
    var gone = campaigning(s, "e", 2, "two");
    s.delete(delete("e/2"));
    gone.waits();
    resign(s, leaderKey("e", 1, s.rev(1)));
    gone.next();
    leader(s, "e");
  }

  private static void proclaims(Side s) {
    s.grant(1000, 1);
    campaign(s, "e", 1, "one");
    LeaderKey.Builder leader = leaderKey("e", 1, s.rev(1));
    proclaim(s, leader, "two");
    proclaim(s, leader, "two");
    s.range(all());
    proclaim(s, leader.clone().setRev(s.rev(2)), "wrong revision");
    proclaim(s, leader.clone().setRev(0), "no revision");
    proclaim(s, leader.clone().setKey(bytes("e/404")), "wrong key");
    proclaim(s, leader.clone().clearKey(), "no key");
    proclaim(s, leader.clone().setName(bytes("other")), "wrong name");
    s.call(
        ElectionGrpc.getProclaimMethod(),
        ProclaimRequest.newBuilder().setValue(bytes("no leader")).build(),
        ProclaimResponse.getDefaultInstance());
    s.range(all());
    s.delete(delete("e/1"));
    proclaim(s, leader, "gone");
  }

  private static void proclaimLease(Side s) {
    s.grant(1000, 1);
    s.grant(2000, 2);
    campaign(s, "e", 1, "one");
    LeaderKey.Builder leader = leaderKey("e", 1, s.rev(1));
    proclaim(s, leader.clone().setLease(2), "other lease");
    s.timeToLive(1, true);
    s.timeToLive(2, true);
    proclaim(s, leader.clone().setLease(404), "missing lease");
    proclaim(s, leader.clone().setLease(0), "new lease");
    s.note("leases", "" + leases(s));
    s.timeToLive(2, true);
  }

  private static void resigns(Side s) {
    s.grant(1000, 1);
    campaign(s, "e", 1, "one");
    LeaderKey.Builder leader = leaderKey("e", 1, s.rev(1));
    resign(s, leader.clone().setRev(s.rev(2)));
    resign(s, leader.clone().setKey(bytes("e/404")));
    resign(s, leader.clone().clearKey());
    resign(s, leader.clone().setLease(404).setRev(7));
    s.call(
        ElectionGrpc.getResignMethod(),
        ResignRequest.getDefaultInstance(),
        ResignResponse.getDefaultInstance());
    s.range(all());
    resign(s, leader.clone().setLease(0));
    s.note("leases", "" + leases(s));
    resign(s, leader);
    s.range(all());
  }

  private static void leads(Side s) {
    leader(s, "e");
    s.grant(1000, 9);
    s.grant(1000, 1);
    campaign(s, "e", 9, "nine");
    campaigning(s, "e", 1, "one");
    leader(s, "e");
    s.put(put("e/9", "changed"));
    leader(s, "e");
    s.delete(delete("e/9"));
    leader(s, "e");
    leader(s, "");
    leader(s, "other");
  }

  private static void observes(Side s) {
    s.grant(1000, 1);
    s.grant(1000, 2);
    campaign(s, "e", 1, "one");
    LeaderKey.Builder leader = leaderKey("e", 1, s.rev(1));
    var observed = observe(s, "e");
    observed.next();
    proclaim(s, leader, "two");
    observed.next();
    s.putAll("between");
    proclaim(s, leader, "three");
    observed.next();
    var other = campaigning(s, "e", 2, "other");
    observed.waits();
    resign(s, leader);
    observed.next();
    other.next();
    s.revoke(2);
    observed.waits();
    campaign(s, "e", 1, "again");
    observed.next();
  }

  private static void observesNone(Side s) {
    s.grant(1000, 1);
    var observed = observe(s, "e");
    observed.waits();
    s.putAll("e", "e0", "other");
    observed.waits();
    campaign(s, "e", 1, "one");
    observed.next();
    proclaim(s, leaderKey("e", 1, s.rev(4)), "two");
    observed.next();
  }

  private static void observesWithoutLease(Side s) {
    var observed = observe(s, "e");
    observed.waits();
    leader(s, "e");
    s.leases();
    observed.cancel();
  }

  private static void campaign(Side s, String name, long leaseId, String value) {
    s.call(
        ElectionGrpc.getCampaignMethod(),
        candidate(name, leaseId, value),
        CampaignResponse.getDefaultInstance());
  }

  /** A campaign whose key is there, and which was not answered. */
  private static Pending<CampaignRequest, CampaignResponse> campaigning(
      Side s, String name, long leaseId, String value) {
    var call = s.begin(ElectionGrpc.getCampaignMethod(), candidate(name, leaseId, value));
    LockCases.awaitCount(s, name + "/" + Long.toString(leaseId, 16), 1);
    call.waits();
    return call;
  }

  private static CampaignRequest candidate(String name, long leaseId, String value) {
    return CampaignRequest.newBuilder()
        .setName(bytes(name))
        .setLease(leaseId)
        .setValue(bytes(value))
        .build();
  }

  private static LeaderKey.Builder leaderKey(String name, long leaseId, long revision) {
    return LeaderKey.newBuilder()
        .setName(bytes(name))
        .setKey(bytes(name + "/" + Long.toString(leaseId, 16)))
        .setRev(revision)
        .setLease(leaseId);
  }

  private static void proclaim(Side s, LeaderKey.Builder leader, String value) {
    s.call(
        ElectionGrpc.getProclaimMethod(),
        ProclaimRequest.newBuilder().setLeader(leader).setValue(bytes(value)).build(),
        ProclaimResponse.getDefaultInstance());
  }

  private static void resign(Side s, LeaderKey.Builder leader) {
    s.call(
        ElectionGrpc.getResignMethod(),
        ResignRequest.newBuilder().setLeader(leader).build(),
        ResignResponse.getDefaultInstance());
  }

  private static void leader(Side s, String name) {
    s.call(
        ElectionGrpc.getLeaderMethod(),
        LeaderRequest.newBuilder().setName(bytes(name)).build(),
        LeaderResponse.getDefaultInstance());
  }

  private static Pending<LeaderRequest, LeaderResponse> observe(Side s, String name) {
    return s.begin(
        ElectionGrpc.getObserveMethod(), LeaderRequest.newBuilder().setName(bytes(name)).build());
  }

  private static int leases(Side s) {
    return s.unary(LeaseGrpc.getLeaseLeasesMethod(), LeaseLeasesRequest.getDefaultInstance())
        .getLeasesCount();
  }
}
