package dev.rowan.lock;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.v3lockpb.LockGrpc;
import dev.rowan.proto.v3lockpb.LockRequest;
import dev.rowan.proto.v3lockpb.LockResponse;
import dev.rowan.proto.v3lockpb.UnlockRequest;
import dev.rowan.proto.v3lockpb.UnlockResponse;
import io.grpc.Channel;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The Lock service (LK-1, LK-2): a lock is held by whoever's key below its name is the oldest. */
public final class LockService extends LockGrpc.LockImplBase {
  private final Channel channel;

  /**
   * Makes the service.
   *
   * @param channel to KV, Lease and Watch
   */
  public LockService(Channel channel) {
    this.channel = channel;
  }

  @Override
  public void lock(LockRequest request, StreamObserver<LockResponse> reply) {
    new Acquisition(
            Caller.current(channel),
            request.getName(),
            (ServerCallStreamObserver<LockResponse>) reply)
        .start(request.getLease());
  }

  private static final class Acquisition extends Turn<LockResponse> {
    Acquisition(Caller caller, ByteString name, ServerCallStreamObserver<LockResponse> reply) {
      super(caller, name, reply);
    }

    /** Counts the keys too, so that a lock which nobody holds takes one call. */
    @Override
    TxnRequest.Builder entry() {
      RequestOp count = RequestOp.newBuilder().setRequestRange(keys().setCountOnly(true)).build();
      return enter(ByteString.EMPTY).addSuccess(count).addFailure(count);
    }

    @Override
    void entered(TxnResponse entry) {
      if (entry.getResponses(1).getResponseRange().getCount() == 1) {
        locked(entry.getHeader());
      } else {
        await();
      }
    }

    @Override
    void reached() {
      caller().range(RangeRequest.newBuilder().setKey(key()), this::confirm, this::leaveAndFail);
    }

    /** Its own key may be gone with its lease. */
    private void confirm(RangeResponse own) {
      if (own.getKvsCount() == 0) {
        fail("mutex: session is expired");
      } else {
        locked(own.getHeader());
      }
    }

    private void locked(ResponseHeader header) {
      succeed(LockResponse.newBuilder().setHeader(header).setKey(key()).build());
    }
  }

  @Override
  public void unlock(UnlockRequest request, StreamObserver<UnlockResponse> reply) {
    Caller.current(channel)
        .call(
            KVGrpc.getDeleteRangeMethod(),
            DeleteRangeRequest.newBuilder().setKey(request.getKey()).build(),
            deleted -> {
              reply.onNext(UnlockResponse.newBuilder().setHeader(deleted.getHeader()).build());
              reply.onCompleted();
            },
            text -> reply.onError(Caller.unknown(text)));
  }
}
