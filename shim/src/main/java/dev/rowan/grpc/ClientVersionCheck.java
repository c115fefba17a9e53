package dev.rowan.grpc;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import io.grpc.InternalMetadata;
import io.grpc.InternalMetadata.TrustedAsciiMarshaller;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Refuses a call whose {@code client-api-version} is not UTF-8 (C-7), as etcd does. It costs a call
 * one look through its headers. grpc's own ASCII header would have replaced the bytes in question,
 * so they are read as they came.
 *
 * <p>Of the other metadata that etcd reads, {@code hasleader} refuses calls in a quorum alone:
 * every instance over a database leads itself.
 */
final class ClientVersionCheck implements ServerInterceptor {
  private static final Metadata.Key<byte[]> VERSION =
      InternalMetadata.keyOf("client-api-version", new Bytes());

  /** Bytes as they are. */
  private static final class Bytes implements TrustedAsciiMarshaller<byte[]> {
    @Override
    public byte[] toAsciiString(byte[] value) {
      return value;
    }

    @Override
    public byte[] parseAsciiString(byte[] serialized) {
      return serialized;
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    byte[] version = headers.get(VERSION);
    if (version == null || plain(version) || ByteString.copyFrom(version).isValidUtf8()) {
      return next.startCall(call, headers);
    }
    call.close(EtcdError.CLIENT_VERSION.status(), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static boolean plain(byte[] version) {
    for (byte b : version) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }
}
