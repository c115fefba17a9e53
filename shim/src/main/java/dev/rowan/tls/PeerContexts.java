package dev.rowan.tls;

import dev.rowan.StartException;
import dev.rowan.pem.PemFiles;
import dev.rowan.raft.PeerTls;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS of new connections between members, of the files as they are now ({@link FromFiles}). Any
 * thread; the files are looked at with each connection, of which members have few.
 */
public final class PeerContexts implements PeerTls {
  private final FromFiles<PeerTls> contexts;

  private PeerContexts(FromFiles<PeerTls> contexts) {
    this.contexts = contexts;
  }

  /**
   * Reads the files, and makes a self-signed certificate before if one is asked for.
   *
   * @throws StartException naming the file that cannot be used, and why
   */
  public static PeerContexts open(PeerTlsConfig config) throws StartException {
    TlsConfig own = config.own();
    if (own.selfSigned() != null) {
      SelfSignedCertificate.make(own.selfSigned(), own.certFile(), own.keyFile());
    }
    List<Path> files =
        Stream.of(
                own.certFile(),
                own.keyFile(),
                own.clients().trustedCaFile(),
                own.clients().crlFile(),
                config.callCertFile(),
                config.callKeyFile())
            .filter(Objects::nonNull)
            .distinct()
            .toList();
    try {
      return new PeerContexts(new FromFiles<>(files, () -> read(config)));
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public SslContext server() {
    return contexts.current().server();
  }

  @Override
  public SslContext client() {
    return contexts.current().client();
  }

  private static PeerTls read(PeerTlsConfig config) throws IOException, GeneralSecurityException {
    TrustManager members = config.own().selfSigned() == null ? members(config) : null;
    return new PeerTls.Fixed(server(config, members), client(config, members));
  }

  private static TrustManager members(PeerTlsConfig config)
      throws IOException, GeneralSecurityException {
    TlsConfig.Clients asked = config.own().clients();
    return new PeerCertificates(
        PemFiles.issuers(asked.trustedCaFile()),
        TlsFiles.revoked(asked.crlFile()),
        asked.allowedHostnames(),
        config.allowedCommonNames());
  }

  private static SslContext server(PeerTlsConfig config, @Nullable TrustManager members)
      throws IOException, GeneralSecurityException {
    PemFiles.KeyPair pair = PemFiles.keyPair(config.own().certFile(), config.own().keyFile());
    SslContextBuilder builder = SslContextBuilder.forServer(pair.key(), pair.chain());
    if (members != null && config.own().clients().required()) {
      builder
          .clientAuth(ClientAuth.REQUIRE)
          .trustManager(members)
          .sessionTimeout(TlsFiles.NO_TICKETS_SECONDS);
    }
    return offered(builder, config.own()).build();
  }

  /** A certificate that its owner made names nobody, and is taken as it comes, as in etcd. */
  private static SslContext client(PeerTlsConfig config, @Nullable TrustManager members)
      throws IOException, GeneralSecurityException {
    PemFiles.KeyPair pair = PemFiles.keyPair(config.callCertFile(), config.callKeyFile());
    SslContextBuilder builder = SslContextBuilder.forClient().keyManager(pair.key(), pair.chain());
    if (members == null) {
      builder
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm("");
    } else {
      builder.trustManager(members).endpointIdentificationAlgorithm("HTTPS");
    }
    return offered(builder, config.own()).build();
  }

  private static SslContextBuilder offered(SslContextBuilder builder, TlsConfig own) {
    return builder
        .sslProvider(SslProvider.JDK)
        .protocols(own.protocols())
        .ciphers(
            own.cipherSuites().isEmpty() ? Http2SecurityUtil.CIPHERS : own.cipherSuites(),
            SupportedCipherSuiteFilter.INSTANCE);
  }
}
