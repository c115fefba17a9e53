package dev.rowan.cluster;

import dev.rowan.dialects.Instance;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.kv.Readers;
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
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The Cluster service: the members are the instances that live over the store. They come and go by
 * being started and stopped and have no peers, so members can neither be added nor changed, and
 * what cannot be is refused as etcd refuses it.
 */
public final class ClusterService extends ClusterGrpc.ClusterImplBase {
  private final Identity identity;
  private final Instances instances;
  private final Readers readers;

  public ClusterService(Identity identity, Instances instances, Readers readers) {
    this.identity = identity;
    this.instances = instances;
    this.readers = readers;
  }

  /**
   * CL-1, CL-2: the living; a linearizable list as the database has them now. A client that keeps
   * to the list must not lose an instance over one that has just heard of fewer.
   */
  @Override
  public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> reply) {
    if (request.getLinearizable() && instances.shared()) {
      readers.run(timed -> list(instances.announce(), timed), reply);
    } else {
      list(instances.living(), reply);
    }
  }

  /** The header is without a revision, as etcd's (C-5). */
  private void list(List<Instance> living, StreamObserver<MemberListResponse> reply) {
    MemberListResponse.Builder response =
        MemberListResponse.newBuilder().setHeader(identity.header(0));
    members(living).values().forEach(response::addMembers);
    reply.onNext(response.build());
    reply.onCompleted();
  }

  /** By id, unsigned. Two that say the same of themselves are one to their clients. */
  private static SortedMap<Long, Member> members(List<Instance> living) {
    SortedMap<Long, Member> members = new TreeMap<>(Long::compareUnsigned);
    for (Instance instance : living) {
      members.putIfAbsent(
          instance.memberId(),
          Member.newBuilder()
              .setID(instance.memberId())
              .setName(instance.name())
              .addAllClientURLs(instance.clientUrls())
              .build());
    }
    return members;
  }

  /** CL-3, but that nobody is taken in. */
  @Override
  public void memberAdd(MemberAddRequest request, StreamObserver<MemberAddResponse> reply) {
    boolean valid = PeerUrls.valid(request.getPeerURLsList());
    reply.onError((valid ? EtcdError.NO_PEERS : EtcdError.BAD_MEMBER_URLS).exception());
  }

  /** CL-4: who lives stays. */
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

  /** CL-6: nobody is a learner. */
  @Override
  public void memberPromote(
      MemberPromoteRequest request, StreamObserver<MemberPromoteResponse> reply) {
    reply.onError(refusal(request.getID(), EtcdError.NO_LEARNER));
  }

  private EtcdException refusal(long memberId, EtcdError ofAMember) {
    boolean known = members(instances.living()).containsKey(memberId);
    return (known ? ofAMember : EtcdError.MEMBER_NOT_FOUND).exception();
  }
}
