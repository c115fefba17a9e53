package dev.rowan.grpc;

import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import java.util.List;

/** Makes what follows each call of a port, once its services are known. */
@FunctionalInterface
public interface CallTracers {
  ServerStreamTracer.Factory of(List<ServerServiceDefinition> services);

  /** Follows nothing: for calls that are part of a call which is followed already. */
  static CallTracers none() {
    ServerStreamTracer blind = new ServerStreamTracer() {};
    return services ->
        new ServerStreamTracer.Factory() {
          @Override
          public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
            return blind;
          }
        };
  }
}
