package dev.rowan.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import java.util.List;
import java.util.stream.Stream;

/** Makes what follows each call of a port, once its services are known. */
@FunctionalInterface
public interface CallTracers {
  List<ServerStreamTracer.Factory> of(List<ServerServiceDefinition> services);

  /** Follows calls in two ways. */
  default CallTracers and(CallTracers other) {
    return services -> Stream.concat(of(services).stream(), other.of(services).stream()).toList();
  }

  /** Follows nothing: for calls that are part of a call which is followed already. */
  static CallTracers none() {
    return services -> List.of();
  }
}
