package dev.rowan.lock;

import com.google.protobuf.ByteString;
import dev.rowan.auth.Credentials;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/**
 * One caller of Lock or Election: asks KV, Lease and Watch on its behalf, with its credentials.
 * Nothing blocks: what follows an answer runs on the thread that answers. What was asked goes on
 * when the caller goes away, so that it can be undone once its outcome is known. Safe for any
 * thread.
 */
final class Caller {
  /** Time to live of a lease that a caller did not bring along; etcd's (LK-1). */
  private static final long LEASE_TTL_SECONDS = 60;

  private final Channel channel;
  private final Context context;

  private Caller(Channel channel, Context context) {
    this.channel = channel;
    this.context = context;
  }

  /** The caller whose call runs on this thread. */
  static Caller current(Channel channel) {
    return new Caller(channel, Context.current().fork());
  }

  /** The server itself, in this caller's place. */
  Caller asServer() {
    return new Caller(channel, Credentials.ofServer(context));
  }

  /** The error that the caller gets: always Unknown, with the text of the one within (C-12). */
  static StatusRuntimeException unknown(String text) {
    return Status.UNKNOWN.withDescription(text).asRuntimeException();
  }

  /** Ranges. */
  void range(RangeRequest.Builder request, Consumer<RangeResponse> then, Consumer<String> failed) {
    call(KVGrpc.getRangeMethod(), request.build(), then, failed);
  }

  /** Runs a transaction. */
  void txn(TxnRequest.Builder request, Consumer<TxnResponse> then, Consumer<String> failed) {
    call(KVGrpc.getTxnMethod(), request.build(), then, failed);
  }

  /** Makes a call; what follows its failure gets the text alone. */
  <Q, A> void call(
      MethodDescriptor<Q, A> method, Q request, Consumer<A> then, Consumer<String> failed) {
    context.run(() ->
        ClientCalls.asyncUnaryCall(
            channel.newCall(method, CallOptions.DEFAULT), request, new Answer<>(then, failed)));
  }

  /**
   * Gives the lease that a call names, or a new one if it names none; a new one lives for a minute,
   * and nobody renews it.
   */
  void lease(long leaseId, Consumer<Long> then, Consumer<String> failed) {
    if (leaseId != 0) {
      then.accept(leaseId);
      return;
    }
    LeaseGrantRequest grant = LeaseGrantRequest.newBuilder().setTTL(LEASE_TTL_SECONDS).build();
    call(LeaseGrpc.getLeaseGrantMethod(), grant, lease -> then.accept(lease.getID()), failed);
  }

  /** Begins to watch. */
  void start(Watching watch, WatchCreateRequest.Builder request) {
    context.run(() -> watch.start(channel, request));
  }

  /** The key of a lease below a name: {@code name/2f}, of a negative id {@code name/-2f}. */
  static ByteString key(ByteString name, long leaseId) {
    return prefix(name).concat(ByteString.copyFromUtf8(Long.toString(leaseId, 16)));
  }

  /** What all keys below a name begin with. */
  static ByteString prefix(ByteString name) {
    return name.concat(ByteString.copyFromUtf8("/"));
  }

  /** The end of the range of all keys below a name: '0' is the byte after '/'. */
  static ByteString prefixEnd(ByteString name) {
    return name.concat(ByteString.copyFromUtf8("0"));
  }

  private record Answer<A>(Consumer<A> then, Consumer<String> failed) implements StreamObserver<A> {
    @Override
    public void onNext(A answer) {
      then.accept(answer);
    }

    @Override
    public void onError(Throwable t) {
      failed.accept(text(t));
    }

    @Override
    public void onCompleted() {}
  }

  /** The text of an error, which is all that is passed on of it. */
  static String text(Throwable t) {
    Status status = Status.fromThrowable(t);
    String description = status.getDescription();
    return description != null ? description : status.getCode().name();
  }
}
