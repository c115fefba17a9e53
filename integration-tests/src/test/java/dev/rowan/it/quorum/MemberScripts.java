package dev.rowan.it.quorum;

import dev.rowan.proto.etcdserverpb.ClusterGrpc.ClusterBlockingStub;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberListResponse;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MemberUpdateRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderResponse;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;

/** Calls of the Cluster service, Status and MoveLeader, at each of three members. */
final class MemberScripts {
  private static final int LEADER = 0;
  private static final int FOLLOWER = 1;
  private static final int OTHER = 2;
  private static final String UNHEALTHY = "etcdserver: unhealthy cluster";

  private MemberScripts() {}

  /** Removes a member, once the others are healthy: on a busy machine one may be heard of late. */
  static List<Member> remove(Trio trio, int at, long id) {
    MemberRemoveRequest request = MemberRemoveRequest.newBuilder().setID(id).build();
    List<Member> left = new ArrayList<>();
    trio.until(() -> {
      try {
        left.addAll(trio.client(at).cluster().memberRemove(request).getMembersList());
        return true;
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
          throw e;
        }
        return false;
      }
    });
    return left;
  }

  static void list(Trio trio) {
    for (int i = 0; i < trio.size(); i++) {
      for (boolean linearizable : new boolean[] {false, true}) {
        MemberListRequest request =
            MemberListRequest.newBuilder().setLinearizable(linearizable).build();
        MemberListResponse list = trio.client(i).cluster().memberList(request);
        trio.note("list, linearizable " + linearizable, () -> list);
        trio.note(
            "sorted",
            list.getMembersList().stream()
                .map(member -> Long.toUnsignedString(member.getID()))
                .toList()
                .equals(
                    list.getMembersList().stream()
                        .map(Member::getID)
                        .sorted(Long::compareUnsigned)
                        .map(Long::toUnsignedString)
                        .toList()));
      }
    }
  }

  static void status(Trio trio) {
    for (int i = 0; i < trio.size(); i++) {
      StatusResponse status = trio.status(i);
      trio.note("status of", trio.text(status.getHeader()));
      trio.note("the leader leads", status.getLeader() == leader(trio));
      trio.note("learner", status.getIsLearner());
      trio.note("errors", status.getErrorsList());
      trio.note("term", status.getRaftTerm() > 0);
      trio.note("term of the header", status.getRaftTerm() == status.getHeader().getRaftTerm());
      trio.note(
          "indexes",
          status.getRaftAppliedIndex() > 0
              && status.getRaftAppliedIndex() <= status.getRaftIndex());
    }
  }

  private static long leader(Trio trio) {
    return trio.status(LEADER).getHeader().getMemberId();
  }

  /** etcd takes no member in the first seconds after its start, in which it is unhealthy. */
  static MemberAddResponse add(Trio trio, int at, MemberAddRequest request) {
    MemberAddResponse[] added = new MemberAddResponse[1];
    trio.until(() -> {
      try {
        added[0] = trio.client(at).cluster().memberAdd(request);
        return true;
      } catch (StatusRuntimeException e) {
        if (UNHEALTHY.equals(e.getStatus().getDescription())) {
          return false;
        }
        throw e;
      }
    });
    return added[0];
  }

  static MemberAddRequest adding(boolean learner, int... peerPorts) {
    MemberAddRequest.Builder request = MemberAddRequest.newBuilder().setIsLearner(learner);
    for (int port : peerPorts) {
      request.addPeerURLs(Trio.url(port));
    }
    return request.build();
  }

  static void refusedChanges(Trio trio) {
    Member follower = member(trio, FOLLOWER);
    Member other = member(trio, OTHER);
    for (int i = 0; i < trio.size(); i++) {
      ClusterBlockingStub cluster = trio.client(i).cluster();
      trio.note(
          "add one with the URL of another",
          () ->
              cluster.memberAdd(
                  MemberAddRequest.newBuilder().addPeerURLs(follower.getPeerURLs(0)).build()));
      trio.note(
          "give one the URL of another",
          () ->
              cluster.memberUpdate(
                  MemberUpdateRequest.newBuilder()
                      .setID(follower.getID())
                      .addPeerURLs(other.getPeerURLs(0))
                      .build()));
      trio.note(
          "promote a voter",
          () ->
              cluster.memberPromote(
                  MemberPromoteRequest.newBuilder().setID(follower.getID()).build()));
      trio.note(
          "remove nobody",
          () -> cluster.memberRemove(MemberRemoveRequest.newBuilder().setID(404).build()));
      trio.note(
          "give one its own URL",
          () ->
              cluster.memberUpdate(
                  MemberUpdateRequest.newBuilder()
                      .setID(follower.getID())
                      .addPeerURLs(follower.getPeerURLs(0))
                      .build()));
    }
  }

  static Member member(Trio trio, int number) {
    long id = trio.status(number).getHeader().getMemberId();
    return trio.members(LEADER).getMembersList().stream()
        .filter(member -> member.getID() == id)
        .findAny()
        .orElseThrow();
  }

  static void addedAndRemoved(Trio trio) {
    int port = trio.newPeer();
    MemberAddResponse added = add(trio, FOLLOWER, adding(false, port));
    trio.name(added.getMember().getID(), "D");
    trio.note("added", () -> added.getHeader());
    trio.note("the new one", () -> added.getMember());
    trio.note("all", trio.members(added.getMembersList()));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.note("list", () -> trio.members(at));
    }
    MemberUpdateRequest moved =
        MemberUpdateRequest.newBuilder()
            .setID(added.getMember().getID())
            .addPeerURLs(Trio.url(port))
            .addPeerURLs(Trio.url(trio.newPeer()))
            .build();
    trio.note(
        "moved", trio.members(trio.client(OTHER).cluster().memberUpdate(moved).getMembersList()));
    MemberRemoveRequest request =
        MemberRemoveRequest.newBuilder().setID(added.getMember().getID()).build();
    trio.note("removed", trio.members(remove(trio, OTHER, request.getID())));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.note("remove it again", () -> trio.client(at).cluster().memberRemove(request));
      trio.note("list", () -> trio.members(at));
    }
  }

  /** Three of five may be added to, three of six not. */
  static void tooFewStarted(Trio trio) {
    int[] ports = {trio.newPeer(), trio.newPeer(), trio.newPeer()};
    MemberAddResponse first = add(trio, LEADER, adding(false, ports[0]));
    trio.name(first.getMember().getID(), "first");
    MemberAddResponse second = add(trio, LEADER, adding(false, ports[1]));
    trio.name(second.getMember().getID(), "second");
    trio.note("added", second.getMembersCount());
    for (int i = 0; i < trio.size(); i++) {
      ClusterBlockingStub cluster = trio.client(i).cluster();
      trio.note("add one more", () -> cluster.memberAdd(adding(false, ports[2])));
      trio.note(
          "remove one that has started",
          () ->
              cluster.memberRemove(
                  MemberRemoveRequest.newBuilder().setID(member(trio, OTHER).getID()).build()));
    }
    for (MemberAddResponse added : List.of(first, second)) {
      trio.note(
          "remove one that has not",
          trio.client(FOLLOWER)
              .cluster()
              .memberRemove(
                  MemberRemoveRequest.newBuilder().setID(added.getMember().getID()).build())
              .getMembersCount());
    }
  }

  static void moveLeader(Trio trio) {
    long follower = member(trio, FOLLOWER).getID();
    trio.note("at a follower", () -> move(trio, FOLLOWER, follower));
    trio.note("to nobody", () -> move(trio, LEADER, 404));
    trio.note("to itself", () -> move(trio, LEADER, leader(trio)));
    trio.note("to a follower", () -> move(trio, LEADER, follower));
    for (int i = 0; i < trio.size(); i++) {
      int at = i;
      trio.until(() -> trio.status(at).getLeader() == follower);
    }
    trio.note("and back", () -> move(trio, FOLLOWER, leader(trio)));
    trio.until(() -> trio.status(OTHER).getLeader() == leader(trio));
    status(trio);
  }

  private static MoveLeaderResponse move(Trio trio, int at, long target) {
    return trio.client(at)
        .maintenance()
        .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(target).build());
  }
}
