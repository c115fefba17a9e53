package dev.rowan.quorum;

import dev.rowan.cluster.Identity;
import dev.rowan.cluster.PeerUrls;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberAddResponse;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberListResponse;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteResponse;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveResponse;
import dev.rowan.proto.etcdserverpb.MemberUpdateRequest;
import dev.rowan.proto.etcdserverpb.MemberUpdateResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.proto.rowanpb.Members;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The Cluster service of a quorum: lists and changes its members. Headers are without a revision,
 * as etcd's (C-5). Any thread; never waits.
 */
final class QuorumClusterService extends ClusterGrpc.ClusterImplBase {
  private final Identity identity;
  private final Membership membership;
  private final MemberRequests requests;
  private final Consumer<ReadGate.Read> gate;
  private final int learnersMax;

  /**
   * Makes the service.
   *
   * @param gate lets a linearizable read through once every change before it is applied here
   */
  QuorumClusterService(
      Identity identity,
      Membership membership,
      MemberRequests requests,
      Consumer<ReadGate.Read> gate,
      int learnersMax) {
    this.identity = identity;
    this.membership = membership;
    this.requests = requests;
    this.gate = gate;
    this.learnersMax = learnersMax;
  }

  /** CL-1, CL-2. */
  @Override
  public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> reply) {
    if (!request.getLinearizable()) {
      list(reply);
      return;
    }
    gate.accept(
        new ReadGate.Read() {
          @Override
          public void run() {
            list(reply);
          }

          @Override
          public void refuse(EtcdException refusal) {
            reply.onError(refusal);
          }
        });
  }

  private void list(StreamObserver<MemberListResponse> reply) {
    answer(
        reply,
        MemberListResponse.newBuilder()
            .setHeader(header())
            .addAllMembers(wire(membership.view().members()))
            .build());
  }

  /** CL-3. */
  @Override
  public void memberAdd(MemberAddRequest request, StreamObserver<MemberAddResponse> reply) {
    if (!PeerUrls.valid(request.getPeerURLsList())) {
      reply.onError(EtcdError.BAD_MEMBER_URLS.exception());
      return;
    }
    var added =
        NewMember.of(
            request.getPeerURLsList(), request.getIsLearner(), Instant.now(), membership.view());
    change(
        change().setAdd(added).setLearnersMax(learnersMax),
        reply,
        (header, members) ->
            MemberAddResponse.newBuilder()
                .setHeader(header)
                .setMember(wire(added))
                .addAllMembers(members)
                .build());
  }

  /** CL-4. */
  @Override
  public void memberRemove(
      MemberRemoveRequest request, StreamObserver<MemberRemoveResponse> reply) {
    change(
        change().setRemove(request.getID()),
        reply,
        (header, members) ->
            MemberRemoveResponse.newBuilder().setHeader(header).addAllMembers(members).build());
  }

  /** CL-5. */
  @Override
  public void memberUpdate(
      MemberUpdateRequest request, StreamObserver<MemberUpdateResponse> reply) {
    var updated =
        dev.rowan.proto.rowanpb.Member.newBuilder()
            .setId(request.getID())
            .addAllPeerUrls(request.getPeerURLsList());
    change(
        change().setUpdate(updated),
        reply,
        (header, members) ->
            MemberUpdateResponse.newBuilder().setHeader(header).addAllMembers(members).build());
  }

  /** CL-6. */
  @Override
  public void memberPromote(
      MemberPromoteRequest request, StreamObserver<MemberPromoteResponse> reply) {
    change(
        change().setPromote(request.getID()),
        reply,
        (header, members) ->
            MemberPromoteResponse.newBuilder().setHeader(header).addAllMembers(members).build());
  }

  private static MemberChange.Builder change() {
    return MemberChange.newBuilder().setToken(MemberRequests.token());
  }

  private <R> void change(
      MemberChange.Builder change,
      StreamObserver<R> reply,
      BiFunction<ResponseHeader, List<Member>, R> response) {
    var _ =
        requests
            .ask(change.build())
            .whenComplete((members, refusal) -> {
              if (members == null) {
                reply.onError(MemberProposals.refusal(refusal));
              } else {
                answer(reply, response.apply(header(), wire(sorted(members))));
              }
            });
  }

  private static Collection<dev.rowan.proto.rowanpb.Member> sorted(Members members) {
    return Roster.of(members).members();
  }

  private ResponseHeader header() {
    return identity.header(0);
  }

  private static List<Member> wire(Collection<dev.rowan.proto.rowanpb.Member> members) {
    return members.stream().map(QuorumClusterService::wire).toList();
  }

  private static Member wire(dev.rowan.proto.rowanpb.Member member) {
    return Member.newBuilder()
        .setID(member.getId())
        .setName(member.getName())
        .addAllPeerURLs(member.getPeerUrlsList())
        .addAllClientURLs(member.getClientUrlsList())
        .setIsLearner(member.getLearner())
        .build();
  }

  private static <R> void answer(StreamObserver<R> reply, R response) {
    reply.onNext(response);
    reply.onCompleted();
  }
}
