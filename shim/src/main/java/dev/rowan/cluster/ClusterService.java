package dev.rowan.cluster;

import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberListResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The Cluster service of an instance that is a store's only member. */
public final class ClusterService extends ClusterGrpc.ClusterImplBase {
  private final MemberListResponse members;

  /**
   * Makes the service.
   *
   * @param clientUrls where clients reach this instance
   */
  public ClusterService(Identity identity, String name, List<String> clientUrls) {
    this.members =
        MemberListResponse.newBuilder()
            .setHeader(identity.header(0))
            .addMembers(
                Member.newBuilder()
                    .setID(identity.memberId())
                    .setName(name)
                    .addAllClientURLs(clientUrls))
            .build();
  }

  @Override
  public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> reply) {
    reply.onNext(members);
    reply.onCompleted();
  }
}
