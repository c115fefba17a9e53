package dev.rowan.grpc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.netty.channel.ChannelHandler;
import io.netty.util.AsciiString;

/**
 * Sets up a connection without TLS. The one class that touches grpc's internal negotiation, so that
 * a new version of grpc breaks here.
 */
final class PlainNegotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
  private final InternalProtocolNegotiator.ProtocolNegotiator plaintext =
      InternalProtocolNegotiators.serverPlaintext();
  private final int messageBytesMax;

  PlainNegotiator(int messageBytesMax) {
    this.messageBytesMax = messageBytesMax;
  }

  @Override
  public AsciiString scheme() {
    return plaintext.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler connection) {
    MessageSizeGuard.install(connection, messageBytesMax);
    return plaintext.newHandler(connection);
  }

  @Override
  public void close() {
    plaintext.close();
  }
}
