package dev.rowan.grpc;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Refuses methods that there are not, in the words of etcd's gRPC library. */
final class UnknownMethods extends HandlerRegistry {
  private final Set<String> services = new HashSet<>();

  UnknownMethods(List<ServerServiceDefinition> served) {
    served.forEach(service -> services.add(service.getServiceDescriptor().getName()));
  }

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
    String service = String.valueOf(MethodDescriptor.extractFullServiceName(method));
    String text =
        services.contains(service)
            ? "unknown method "
                + MethodDescriptor.extractBareMethodName(method)
                + " for service "
                + service
            : "unknown service " + service;
    return ServerMethodDefinition.create(descriptor(method), refusal(text));
  }

  private static MethodDescriptor<byte[], byte[]> descriptor(String method) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setFullMethodName(method)
        .setType(MethodType.UNKNOWN)
        .setRequestMarshaller(new Bytes())
        .setResponseMarshaller(new Bytes())
        .build();
  }

  private static ServerCallHandler<byte[], byte[]> refusal(String text) {
    return (call, headers) -> {
      call.close(Status.UNIMPLEMENTED.withDescription(text), new Metadata());
      return new ServerCall.Listener<>() {};
    };
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
