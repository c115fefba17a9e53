package dev.rowan.raft;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/**
 * Mutual TLS between members. Asked with each connection, so that certificates may be replaced
 * while the member runs.
 */
public interface PeerTls {

  /** For connections that others open; it asks them for a certificate and checks it. */
  SslContext server();

  /** For connections to others; their certificate must also name the host that was dialled. */
  SslContext client();

  /**
   * From PEM files, read once.
   *
   * @param key PKCS#8, without a password
   * @param authorities who may issue the others' certificates
   * @throws IllegalArgumentException if a file cannot be used; the message names them
   */
  static PeerTls ofFiles(Path certificate, Path key, Path authorities) {
    try {
      SslContext server =
          SslContextBuilder.forServer(certificate.toFile(), key.toFile())
              .trustManager(authorities.toFile())
              .clientAuth(ClientAuth.REQUIRE)
              .build();
      SslContext client =
          SslContextBuilder.forClient()
              .keyManager(certificate.toFile(), key.toFile())
              .trustManager(authorities.toFile())
              .endpointIdentificationAlgorithm("HTTPS")
              .build();
      return new Fixed(server, client);
    } catch (IllegalArgumentException | SSLException e) {
      throw new IllegalArgumentException(
          "the peers' TLS files cannot be used: certificate "
              + certificate
              + ", key "
              + key
              + " (PKCS#8 without a password is expected), authorities "
              + authorities,
          e);
    }
  }

  /** The same contexts for all connections. */
  record Fixed(SslContext server, SslContext client) implements PeerTls {}
}
