package dev.rowan.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues certificates for tests, and revokes them. */
public final class Authority {
  private static final CertificateBuilder TEMPLATE = new CertificateBuilder().ecp256();

  private final X509Bundle root;

  public Authority() {
    root =
        built(() ->
            TEMPLATE
                .copy()
                .subject("CN=root")
                .setIsCertificateAuthority(true)
                .setKeyUsage(
                    true,
                    CertificateBuilder.KeyUsage.keyCertSign,
                    CertificateBuilder.KeyUsage.cRLSign)
                .buildSelfSigned());
  }

  private interface Build<T> {
    T run() throws Exception;
  }

  private static <T> T built(Build<T> build) {
    try {
      return build.run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A server's, for this machine; etcd's is a client of itself with it too. */
  public X509Bundle server() {
    return built(() ->
        TEMPLATE
            .copy()
            .subject("CN=server")
            .addSanDnsName("localhost")
            .addSanIpAddress("127.0.0.1")
            .addExtendedKeyUsageServerAuth()
            .addExtendedKeyUsageClientAuth()
            .buildIssuedBy(root));
  }

  /** A client's, with names besides. */
  public X509Bundle client(String name, String... dns) {
    return built(() -> {
      CertificateBuilder builder =
          TEMPLATE.copy().subject("CN=" + name).addExtendedKeyUsageClientAuth();
      for (String each : dns) {
        builder.addSanDnsName(each);
      }
      return builder.buildIssuedBy(root);
    });
  }

  /** A client's that names nobody. */
  public X509Bundle nameless() {
    return built(() ->
        TEMPLATE.copy().subject("O=Rowan").addExtendedKeyUsageClientAuth().buildIssuedBy(root));
  }

  /** A client's that is valid until then. */
  public X509Bundle clientUntil(String name, Instant end) {
    return built(() ->
        TEMPLATE
            .copy()
            .subject("CN=" + name)
            .addExtendedKeyUsageClientAuth()
            .notAfter(end)
            .buildIssuedBy(root));
  }

  public X509Bundle root() {
    return root;
  }

  /** A list that revokes certificates, as DER. */
  public byte[] revoking(X509Bundle... revoked) {
    return built(() -> {
      X509v2CRLBuilder list =
          new JcaX509v2CRLBuilder(root.getCertificate(), Date.from(Instant.now()));
      for (X509Bundle each : revoked) {
        BigInteger serial = each.getCertificate().getSerialNumber();
        list.addCRLEntry(serial, Date.from(Instant.now()), 0);
      }
      list.setNextUpdate(Date.from(Instant.now().plusSeconds(3600)));
      return list.build(
              new JcaContentSignerBuilder("SHA256withECDSA").build(root.getKeyPair().getPrivate()))
          .getEncoded();
    });
  }

  /** Writes a certificate and its key as NAME.pem and NAME.key. */
  public static List<Path> write(Path directory, String name, X509Bundle bundle) {
    return List.of(
        replace(directory.resolve(name + ".pem"), bundle.getCertificatePathPEM()),
        replace(directory.resolve(name + ".key"), bundle.getPrivateKeyPEM()));
  }

  /** Writes a key on the curve P-256 as Go, cfssl and older openssl do, as NAME.key. */
  public static Path writeSec1(Path directory, String name, X509Bundle bundle) {
    return built(() -> {
      PrivateKeyInfo key =
          PrivateKeyInfo.getInstance(bundle.getKeyPair().getPrivate().getEncoded());
      ECPrivateKey inner = ECPrivateKey.getInstance(key.parsePrivateKey());
      var whole =
          new ECPrivateKey(256, inner.getKey(), key.getPrivateKeyAlgorithm().getParameters());
      String base64 = Base64.getMimeEncoder().encodeToString(whole.getEncoded());
      return replace(
          directory.resolve(name + ".key"),
          "-----BEGIN EC PRIVATE KEY-----\n" + base64 + "\n-----END EC PRIVATE KEY-----\n");
    });
  }

  /** As whoever rotates certificates does: a new file takes the place of the old one. */
  private static Path replace(Path file, String text) {
    try {
      Path next = Files.writeString(file.resolveSibling(file.getFileName() + ".next"), text);
      return Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the root as ca.pem. */
  public Path writeRoot(Path directory) {
    try {
      return Files.writeString(directory.resolve("ca.pem"), root.getCertificatePEM());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
