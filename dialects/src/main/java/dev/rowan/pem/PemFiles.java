package dev.rowan.pem;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Reads files of certificates. Every error names its file. */
public final class PemFiles {
  /** What a key signs to show that it is its certificate's. */
  private static final byte[] CHALLENGE = new byte[32];

  private PemFiles() {}

  /** All of a file. */
  public static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (AccessDeniedException e) {
      throw new IOException("cannot read " + file + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The certificates in a file, in their order; one at least. */
  public static List<X509Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> found;
    try (var in = new ByteArrayInputStream(read(file))) {
      found = CertificateFactory.getInstance("X.509").generateCertificates(in);
    } catch (GeneralSecurityException e) {
      throw new CertificateException(
          file + " is no PEM file of certificates: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new CertificateException(file + " holds no certificate");
    }
    return found.stream().map(X509Certificate.class::cast).toList();
  }

  /**
   * Accepts what the authorities issued.
   *
   * @param file of the authorities; null for the roots that Java trusts
   */
  public static X509ExtendedTrustManager issuers(@Nullable Path file)
      throws IOException, GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(file == null ? null : roots(file));
    return Stream.of(factory.getTrustManagers())
        .filter(X509ExtendedTrustManager.class::isInstance)
        .map(X509ExtendedTrustManager.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static KeyStore roots(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    int number = 0;
    for (X509Certificate root : certificates(file)) {
      store.setCertificateEntry("root" + number++, root);
    }
    return store;
  }

  /** A certificate, with those of its issuers, and its key. */
  public record KeyPair(PrivateKey key, List<X509Certificate> chain) {
    public KeyPair {
      chain = List.copyOf(chain);
    }
  }

  /**
   * Reads a certificate and its key.
   *
   * @param keyFile of a key in one of the forms of {@link PemKey}
   * @throws GeneralSecurityException if one can't be used, or they don't belong together
   */
  public static KeyPair keyPair(Path certFile, Path keyFile)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = certificates(certFile);
    PrivateKey key = PemKey.read(keyFile);
    if (!belong(key, chain.getFirst().getPublicKey())) {
      throw new CertificateException(
          "the key in " + keyFile + " is not the certificate's in " + certFile);
    }
    return new KeyPair(key, chain);
  }

  private static boolean belong(PrivateKey key, PublicKey publicKey)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(CHALLENGE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(CHALLENGE);
      return signature.verify(signed);
    } catch (InvalidKeyException | SignatureException e) {
      return false;
    }
  }

  /** Shows a certificate to who asks for one: files as {@link #keyPair} reads them. */
  public static KeyManager[] shown(Path certFile, Path keyFile)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    KeyPair pair = keyPair(certFile, keyFile);
    store.setKeyEntry("shown", pair.key(), new char[0], pair.chain().toArray(Certificate[]::new));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
