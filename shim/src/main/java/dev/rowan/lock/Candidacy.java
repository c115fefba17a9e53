package dev.rowan.lock;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.v3electionpb.CampaignRequest;
import dev.rowan.proto.v3electionpb.CampaignResponse;
import dev.rowan.proto.v3electionpb.LeaderKey;
import io.grpc.stub.ServerCallStreamObserver;

/** One call of Campaign (EL-1). */
final class Candidacy extends Turn<CampaignResponse> {
  private final ByteString name;
  private final ByteString value;
  private ResponseHeader header = ResponseHeader.getDefaultInstance();

  Candidacy(
      Caller caller, CampaignRequest request, ServerCallStreamObserver<CampaignResponse> reply) {
    super(caller, request.getName(), reply);
    this.name = request.getName();
    this.value = request.getValue();
  }

  @Override
  TxnRequest.Builder entry() {
    return enter(value);
  }

  @Override
  void entered(TxnResponse entry) {
    header = entry.getHeader();
    boolean other =
        !entry.getSucceeded()
            && !entry.getResponses(0).getResponseRange().getKvs(0).getValue().equals(value);
    if (other) {
      caller()
          .txn(
              ElectionService.proclamation(leaderKey(), value, leaseId()),
              this::proclaimed,
              this::leaveAndFail);
    } else {
      await();
    }
  }

  private void proclaimed(TxnResponse proclaimed) {
    if (proclaimed.getSucceeded()) {
      await();
    } else {
      leaveAndFail(ElectionService.NOT_LEADER);
    }
  }

  @Override
  void reached() {
    succeed(CampaignResponse.newBuilder().setHeader(header).setLeader(leaderKey()).build());
  }

  private LeaderKey leaderKey() {
    return LeaderKey.newBuilder()
        .setName(name)
        .setKey(key())
        .setRev(revision())
        .setLease(leaseId())
        .build();
  }
}
