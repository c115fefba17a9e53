package dev.rowan.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import java.util.List;

/** Makes what follows each call of a port, once its services are known. */
@FunctionalInterface
public interface CallTracers {
  ServerStreamTracer.Factory of(List<ServerServiceDefinition> services);
}
