package dev.rowan.raft;

import io.netty.handler.ssl.SslContext;

/**
 * Mutual TLS between members. Asked with each connection, so that certificates may be replaced
 * while the member runs.
 */
public interface PeerTls {

  /** For connections that others open; it asks them for a certificate and checks it. */
  SslContext server();

  /** For connections to others; their certificate must also name the host that was dialled. */
  SslContext client();

  /** The same contexts for all connections. */
  record Fixed(SslContext server, SslContext client) implements PeerTls {}
}
