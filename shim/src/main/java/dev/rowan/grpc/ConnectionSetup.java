package dev.rowan.grpc;

import dev.rowan.grpc.Negotiator.GrpcConnection;
import dev.rowan.tls.TlsContexts;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the connections of one address begin.
 *
 * @param plain whether they may be without TLS
 * @param tls for those with TLS; null if there are none
 * @param http serves those that speak HTTP/1.1; null if none may
 * @param beginMax time that a client has until its protocol is known, handshake included
 */
record ConnectionSetup(
    boolean plain, @Nullable TlsContexts tls, @Nullable HttpConnections http, Duration beginMax) {
  /**
   * The handler of a new connection, which replaces itself by what the client turns out to need.
   */
  ChannelHandler begin(@Nullable GrpcConnection grpc) {
    return tls != null ? new TlsDetection(this, tls, grpc) : protocol(grpc, false);
  }

  ProtocolDetection protocol(@Nullable GrpcConnection grpc, boolean secured) {
    return new ProtocolDetection(this, grpc, secured);
  }
}
