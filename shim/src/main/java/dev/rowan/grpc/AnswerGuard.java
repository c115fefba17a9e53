package dev.rowan.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/**
 * Counts large answers as they are made, as memory of the connection that they are for; and makes
 * none for a connection that is being cut for holding too much.
 */
final class AnswerGuard implements ServerInterceptor {
  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ConnectionMemory memory = call.getAttributes().get(ConnectionMemory.KEY);
    if (memory == null) {
      return next.startCall(call, headers);
    }
    if (memory.isCut()) {
      call.close(Status.RESOURCE_EXHAUSTED, new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return next.startCall(new Counting<>(call, memory), headers);
  }

  private static final class Counting<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final ConnectionMemory memory;

    Counting(ServerCall<Q, A> call, ConnectionMemory memory) {
      super(call);
      this.memory = memory;
    }

    @Override
    public void sendMessage(A message) {
      if (memory.isCut()) {
        return;
      }
      int bytes = message instanceof MessageLite known ? known.getSerializedSize() : 0;
      if (bytes >= ConnectionMemory.LARGE_BYTES) {
        memory.making(bytes);
      }
      super.sendMessage(message);
    }
  }
}
