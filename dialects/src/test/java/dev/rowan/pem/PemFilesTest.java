package dev.rowan.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemFilesTest {
  @TempDir Path folder;
  private X509Bundle root;

  @BeforeEach
  void authority() throws Exception {
    root = authority("root");
  }

  private static X509Bundle authority(String name) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .setIsCertificateAuthority(true)
        .setKeyUsage(
            true, CertificateBuilder.KeyUsage.keyCertSign, CertificateBuilder.KeyUsage.cRLSign)
        .buildSelfSigned();
  }

  private X509Bundle issued() throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=server")
        .addExtendedKeyUsageServerAuth()
        .buildIssuedBy(root);
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void onlyWhatTheAuthoritiesIssuedIsTrusted() throws Exception {
    Path both = file("ca.pem", authority("other").getCertificatePEM() + root.getCertificatePEM());
    Path strangers = file("strangers.pem", authority("stranger").getCertificatePEM());
    var chain = issued().getCertificatePath();

    PemFiles.issuers(both).checkServerTrusted(chain, "ECDHE_ECDSA");
    X509ExtendedTrustManager distrusting = PemFiles.issuers(strangers);
    assertThatThrownBy(() -> distrusting.checkServerTrusted(chain, "ECDHE_ECDSA"))
        .isInstanceOf(CertificateException.class);
  }

  @Test
  void aCertificateIsReadWithItsIssuersAndItsKey() throws Exception {
    X509Bundle server = issued();
    Path certificate = file("c.pem", server.getCertificatePEM() + root.getCertificatePEM());
    Path key = file("k.pem", server.getPrivateKeyPEM());

    PemFiles.KeyPair pair = PemFiles.keyPair(certificate, key);

    assertThat(pair.chain()).containsExactly(server.getCertificate(), root.getCertificate());
    assertThat(pair.key()).isEqualTo(server.getKeyPair().getPrivate());
    assertThat(PemFiles.shown(certificate, key)).isNotEmpty();
  }

  @Test
  void whatCannotBeUsedIsNamed() throws Exception {
    X509Bundle server = issued();
    Path certificate = file("c.pem", server.getCertificatePEM());
    Path others = file("k.pem", root.getPrivateKeyPEM());
    Path text = file("text.pem", "text");
    Path empty = file("empty.pem", "");
    Path missing = folder.resolve("missing.pem");

    assertThatThrownBy(() -> PemFiles.keyPair(certificate, others))
        .hasMessage("the key in " + others + " is not the certificate's in " + certificate);
    assertThatThrownBy(() -> PemFiles.certificates(text))
        .hasMessageStartingWith(text + " is no PEM file of certificates: ");
    assertThatThrownBy(() -> PemFiles.certificates(empty))
        .hasMessage(empty + " holds no certificate");
    assertThatThrownBy(() -> PemFiles.issuers(missing)).hasMessage("there is no file " + missing);
    assertThatThrownBy(() -> PemFiles.read(folder)).hasMessageStartingWith("cannot read " + folder);
  }
}
