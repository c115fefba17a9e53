package dev.rowan.lock;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
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
import io.grpc.Channel;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/**
 * The Election service (EL-1, EL-2): the leader is whoever's key below the election's name is the
 * oldest, and what it proclaims is the key's value.
 */
public final class ElectionService extends ElectionGrpc.ElectionImplBase {
  static final String NOT_LEADER = "election: not leader";
  private static final String NO_LEADER = "election: no leader";
  private static final String LEADER_MISSING = "\"leader\" field must be provided";

  private final Channel channel;

  /**
   * Makes the service.
   *
   * @param channel to KV, Lease and Watch
   */
  public ElectionService(Channel channel) {
    this.channel = channel;
  }

  @Override
  public void campaign(CampaignRequest request, StreamObserver<CampaignResponse> reply) {
    new Candidacy(
            Caller.current(channel), request, (ServerCallStreamObserver<CampaignResponse>) reply)
        .start(request.getLease());
  }

  @Override
  public void proclaim(ProclaimRequest request, StreamObserver<ProclaimResponse> reply) {
    Consumer<String> failed = text -> reply.onError(Caller.unknown(text));
    if (!request.hasLeader()) {
      failed.accept(LEADER_MISSING);
      return;
    }
    Caller caller = Caller.current(channel);
    caller.lease(
        request.getLeader().getLease(),
        leaseId ->
            caller.txn(
                proclamation(request.getLeader(), request.getValue(), leaseId),
                proclaimed -> {
                  if (proclaimed.getSucceeded()) {
                    answer(
                        reply,
                        ProclaimResponse.newBuilder().setHeader(proclaimed.getHeader()).build());
                  } else {
                    failed.accept(NOT_LEADER);
                  }
                },
                failed),
        failed);
  }

  /** The transaction by which a leader that still is one changes its value. */
  static TxnRequest.Builder proclamation(LeaderKey leader, ByteString value, long leaseId) {
    PutRequest.Builder put =
        PutRequest.newBuilder().setKey(leader.getKey()).setValue(value).setLease(leaseId);
    return TxnRequest.newBuilder()
        .addCompare(Turn.createdAt(leader.getKey(), leader.getRev()))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put));
  }

  /** Grants a lease to whoever names none, unused as it then is: etcd does, and clients see it. */
  @Override
  public void resign(ResignRequest request, StreamObserver<ResignResponse> reply) {
    Consumer<String> failed = text -> reply.onError(Caller.unknown(text));
    if (!request.hasLeader()) {
      failed.accept(LEADER_MISSING);
      return;
    }
    LeaderKey leader = request.getLeader();
    RequestOp.Builder delete =
        RequestOp.newBuilder()
            .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(leader.getKey()));
    TxnRequest.Builder txn =
        TxnRequest.newBuilder()
            .addCompare(Turn.createdAt(leader.getKey(), leader.getRev()))
            .addSuccess(delete);
    Caller caller = Caller.current(channel);
    caller.lease(
        leader.getLease(),
        leaseId ->
            caller.txn(
                txn,
                resigned ->
                    answer(
                        reply, ResignResponse.newBuilder().setHeader(resigned.getHeader()).build()),
                failed),
        failed);
  }

  @Override
  public void leader(LeaderRequest request, StreamObserver<LeaderResponse> reply) {
    Caller.current(channel)
        .range(
            Observation.leader(request.getName()),
            leader -> {
              if (leader.getKvsCount() == 0) {
                reply.onError(Caller.unknown(NO_LEADER));
              } else {
                answer(reply, response(leader));
              }
            },
            text -> reply.onError(Caller.unknown(text)));
  }

  private static LeaderResponse response(RangeResponse leader) {
    return LeaderResponse.newBuilder()
        .setHeader(leader.getHeader())
        .setKv(leader.getKvs(0))
        .build();
  }

  @Override
  public void observe(LeaderRequest request, StreamObserver<LeaderResponse> reply) {
    new Observation(
            Caller.current(channel),
            request.getName(),
            (ServerCallStreamObserver<LeaderResponse>) reply)
        .start();
  }

  private static <R> void answer(StreamObserver<R> reply, R response) {
    reply.onNext(response);
    reply.onCompleted();
  }
}
