package dev.rowan.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.StartException;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.X509Bundle;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextsTest {
  private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");
  private static final TlsConfig.Clients ANYBODY =
      new TlsConfig.Clients(false, null, null, List.of());

  private final Authority authority = new Authority();
  @TempDir Path directory;

  @Test
  void filesThatChangeAreTakenUp() throws Exception {
    Authority.write(directory, "server", authority.server());
    try (TlsContexts contexts = TlsContexts.open(config(ANYBODY))) {
      SslContext first = contexts.current();
      assertThat(contexts.current()).isSameAs(first);

      Authority.write(directory, "server", authority.server());

      assertThat(contexts.current()).isNotSameAs(first);
    }
  }

  @Test
  void filesThatCannotBeUsedLeaveTheContextAsItIs() throws Exception {
    Authority.write(directory, "server", authority.server());
    try (TlsContexts contexts = TlsContexts.open(config(ANYBODY))) {
      SslContext first = contexts.current();

      Files.writeString(directory.resolve("server.pem"), "nothing");
      assertThat(contexts.current()).isSameAs(first);
      Files.delete(directory.resolve("server.pem"));
      assertThat(contexts.current()).isSameAs(first);

      X509Bundle next = authority.server();
      Files.writeString(directory.resolve("server.pem"), next.getCertificatePathPEM());
      assertThat(contexts.current()).as("its key is still the old one").isSameAs(first);
      Files.writeString(directory.resolve("server.key"), next.getPrivateKeyPEM());
      assertThat(contexts.current()).isNotSameAs(first);
    }
  }

  @Test
  void aStartWithoutUsableFilesNamesTheFile() throws Exception {
    assertThatThrownBy(() -> TlsContexts.open(config(ANYBODY)))
        .isInstanceOf(StartException.class)
        .hasMessage("there is no file " + directory.resolve("server.pem"));
    Authority.write(directory, "server", authority.server());
    Files.writeString(directory.resolve("server.key"), authority.server().getPrivateKeyPEM());
    assertThatThrownBy(() -> TlsContexts.open(config(ANYBODY)))
        .hasMessage(
            "the key in "
                + directory.resolve("server.key")
                + " is not the certificate's in "
                + directory.resolve("server.pem"));
    Authority.write(directory, "server", authority.server());
    Path empty = Files.createFile(directory.resolve("empty"));
    assertThatThrownBy(
            () -> TlsContexts.open(config(new TlsConfig.Clients(true, empty, null, List.of()))))
        .hasMessage(empty + " holds no certificate");
    assertThatThrownBy(
            () -> TlsContexts.open(config(new TlsConfig.Clients(true, null, empty, List.of()))))
        .hasMessageContaining(empty.toString());
  }

  @Test
  void aSelfSignedCertificateIsMadeOnceAndIsItsOwnersAlone() throws Exception {
    Path certFile = directory.resolve("made/client/cert.pem");
    Path keyFile = directory.resolve("made/client/key.pem");
    var config =
        new TlsConfig(
            certFile,
            keyFile,
            new TlsConfig.SelfSigned(2, List.of("localhost", "127.0.0.1", "::1")),
            ANYBODY,
            PROTOCOLS,
            List.of());

    TlsContexts.open(config).close();

    byte[] made = Files.readAllBytes(certFile);
    X509Certificate certificate;
    try (InputStream in = Files.newInputStream(certFile)) {
      certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    assertThat(CertificateNames.of(certificate))
        .isEqualTo(
            new CertificateNames(List.of("localhost"), List.of("127.0.0.1", "0:0:0:0:0:0:0:1")));
    assertThat(
            Duration.between(
                certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant()))
        .isEqualTo(Duration.ofDays(730));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile)))
        .isEqualTo("rw-------");
    try (var files = Files.list(certFile.getParent())) {
      assertThat(files).containsExactlyInAnyOrder(certFile, keyFile);
    }

    TlsContexts.open(config).close();
    assertThat(Files.readAllBytes(certFile)).isEqualTo(made);
  }

  private TlsConfig config(TlsConfig.Clients clients) {
    return new TlsConfig(
        directory.resolve("server.pem"),
        directory.resolve("server.key"),
        null,
        clients,
        PROTOCOLS,
        List.of());
  }
}
