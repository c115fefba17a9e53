package dev.rowan.cluster;

import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberListResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;

/** The Cluster service of an instance that is a store's only member. */
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
}
