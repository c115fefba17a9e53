package dev.rowan.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Refuses requests that are too large where no bytes pass that {@link MessageSizeGuard} could count
 * (C-9): within the process messages are handed over as objects.
 */
final class MessageSizeLimit implements ServerInterceptor {
  private final int messageBytesMax;

  MessageSizeLimit(int messageBytesMax) {
    this.messageBytesMax = messageBytesMax;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return new Limited<>(call, next.startCall(call, headers));
  }

  /** The listener of one call; it tells the service that the call is over once it refused. */
  private final class Limited<Q, R>
      extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, R> call;
    private boolean refused;

    Limited(ServerCall<Q, R> call, ServerCall.Listener<Q> service) {
      super(service);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      int bytes = message instanceof MessageLite lite ? lite.getSerializedSize() : 0;
      if (refused) {
        return;
      }
      if (bytes <= messageBytesMax) {
        super.onMessage(message);
        return;
      }
      refused = true;
      super.onCancel();
      call.close(MessageSizeGuard.tooLarge(bytes, messageBytesMax), new Metadata());
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      if (!refused) {
        super.onReady();
      }
    }

    @Override
    public void onCancel() {
      if (!refused) {
        super.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (!refused) {
        super.onComplete();
      }
    }
  }
}
