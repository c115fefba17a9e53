package dev.rowan.quorum;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.function.BooleanSupplier;

/**
 * Has a learner serve what etcd's serve (C-8): serializable ranges, its status, and snapshots. Safe
 * for any thread; a call of a member that votes costs a look at a field.
 */
final class LearnerRefusal implements ServerInterceptor {
  private static final String STATUS = MaintenanceGrpc.getStatusMethod().getFullMethodName();
  private static final String SNAPSHOT = MaintenanceGrpc.getSnapshotMethod().getFullMethodName();

  private final BooleanSupplier learner;

  LearnerRefusal(BooleanSupplier learner) {
    this.learner = learner;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!learner.getAsBoolean() || served(call.getMethodDescriptor())) {
      return next.startCall(call, headers);
    }
    if (call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY) {
      return new Unary<>(call, next.startCall(call, headers));
    }
    call.close(EtcdError.NOT_FOR_LEARNERS.status(), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static boolean served(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    return name.equals(STATUS) || name.equals(SNAPSHOT);
  }

  /** Its request decides. */
  private static final class Unary<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private boolean refused;

    Unary(ServerCall<Q, ?> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (message instanceof RangeRequest range && range.getSerializable()) {
        super.onMessage(message);
      } else {
        refused = true;
        call.close(EtcdError.NOT_FOR_LEARNERS.status(), new Metadata());
      }
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }
  }
}
