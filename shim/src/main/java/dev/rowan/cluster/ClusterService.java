package dev.rowan.cluster;

import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
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
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;

/**
 * The Cluster service of an instance that is a store's only member: it has no peers, so members can
 * neither be added nor changed, and what cannot be is refused as etcd refuses it.
 */
public final class ClusterService extends ClusterGrpc.ClusterImplBase {
  private final Identity identity;
  private final String name;
  private final Supplier<List<String>> clientUrls;

  /**
   * Makes the service.
   *
   * @param clientUrls where clients reach this instance
   */
  public ClusterService(Identity identity, String name, Supplier<List<String>> clientUrls) {
    this.identity = identity;
    this.name = name;
    this.clientUrls = clientUrls;
  }

  /** CL-1, CL-2: this instance alone. The header is without a revision, as etcd's (C-5). */
  @Override
  public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> reply) {
    Member member =
        Member.newBuilder()
            .setID(identity.memberId())
            .setName(name)
            .addAllClientURLs(clientUrls.get())
            .build();
    reply.onNext(
        MemberListResponse.newBuilder().setHeader(identity.header(0)).addMembers(member).build());
    reply.onCompleted();
  }

  /** CL-3, but that nobody is taken in. */
  @Override
  public void memberAdd(MemberAddRequest request, StreamObserver<MemberAddResponse> reply) {
    boolean valid = PeerUrls.valid(request.getPeerURLsList());
    reply.onError((valid ? EtcdError.NO_PEERS : EtcdError.BAD_MEMBER_URLS).exception());
  }

  /** CL-4: the only member stays. */
  @Override
  public void memberRemove(
      MemberRemoveRequest request, StreamObserver<MemberRemoveResponse> reply) {
    reply.onError(refusal(request.getID(), EtcdError.TOO_FEW_MEMBERS));
  }

  /** CL-5, but that there are no peer URLs to change. */
  @Override
  public void memberUpdate(
      MemberUpdateRequest request, StreamObserver<MemberUpdateResponse> reply) {
    reply.onError(refusal(request.getID(), EtcdError.NO_PEERS));
  }

  /** CL-6: the only member is no learner. */
  @Override
  public void memberPromote(
      MemberPromoteRequest request, StreamObserver<MemberPromoteResponse> reply) {
    reply.onError(refusal(request.getID(), EtcdError.NO_LEARNER));
  }

  private EtcdException refusal(long memberId, EtcdError ofItself) {
    boolean itself = memberId == identity.memberId();
    return (itself ? ofItself : EtcdError.MEMBER_NOT_FOUND).exception();
  }
}
