package dev.rowan.tls;

import dev.rowan.pem.PemFiles;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes a TLS context out of files. Every error names its file. */
final class TlsFiles {
  /**
   * A client that takes HTTP/1.1 too is no gRPC client, so it gets HTTP/1.1: over HTTP/2, only gRPC
   * is served.
   */
  private static final ApplicationProtocolConfig PROTOCOLS =
      new ApplicationProtocolConfig(
          Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          ApplicationProtocolNames.HTTP_1_1,
          ApplicationProtocolNames.HTTP_2);

  /**
   * A session's time, for which Java gives no tickets: they may last for seven days. A client that
   * comes with one isn't asked for its certificate again, which may have ended meanwhile. Go's
   * servers take tickets, but look at the certificate's end with each.
   */
  static final int NO_TICKETS_SECONDS = 7 * 24 * 3600 + 1;

  private TlsFiles() {}

  static SslContext context(TlsConfig config) throws IOException, GeneralSecurityException {
    PemFiles.KeyPair pair = PemFiles.keyPair(config.certFile(), config.keyFile());
    SslContextBuilder builder =
        SslContextBuilder.forServer(pair.key(), pair.chain())
            .sslProvider(SslProvider.JDK)
            .protocols(config.protocols())
            .ciphers(
                config.cipherSuites().isEmpty() ? Http2SecurityUtil.CIPHERS : config.cipherSuites(),
                SupportedCipherSuiteFilter.INSTANCE)
            .applicationProtocolConfig(PROTOCOLS);
    TlsConfig.Clients clients = config.clients();
    if (clients.required()) {
      builder
          .clientAuth(ClientAuth.REQUIRE)
          .trustManager(trust(clients))
          .sessionTimeout(NO_TICKETS_SECONDS);
    }
    return builder.build();
  }

  private static TrustManager trust(TlsConfig.Clients clients)
      throws IOException, GeneralSecurityException {
    return new ClientCertificates(
        PemFiles.issuers(clients.trustedCaFile()),
        revoked(clients.crlFile()),
        clients.allowedHostnames());
  }

  /** The serial numbers in the list. As etcd, which does not look who issued them. */
  static Set<BigInteger> revoked(@Nullable Path file) throws IOException, GeneralSecurityException {
    Set<BigInteger> serials = new HashSet<>();
    if (file == null) {
      return serials;
    }
    Collection<? extends CRL> lists;
    try (var in = new ByteArrayInputStream(PemFiles.read(file))) {
      lists = CertificateFactory.getInstance("X.509").generateCRLs(in);
    } catch (GeneralSecurityException e) {
      throw new CertificateException(
          file + " is no certificate revocation list: " + e.getMessage(), e);
    }
    if (lists.isEmpty()) {
      throw new CertificateException(file + " holds no certificate revocation list");
    }
    for (CRL list : lists) {
      Set<? extends X509CRLEntry> entries = ((X509CRL) list).getRevokedCertificates();
      if (entries != null) {
        entries.forEach(entry -> serials.add(entry.getSerialNumber()));
      }
    }
    return serials;
  }
}
