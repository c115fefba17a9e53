package dev.rowan.dialects.mysql;

import dev.rowan.dialects.PemKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.export.ExceptionFactory;
import org.mariadb.jdbc.export.SslMode;
import org.mariadb.jdbc.plugin.TlsSocketPlugin;

/**
 * TLS with the PEM files that PostgreSQL's and MySQL's own programs take; the driver by itself
 * wants a Java key store for a client's certificate. The driver finds it by its type, and makes one
 * for each connection.
 */
public final class MysqlTls implements TlsSocketPlugin {
  /** The driver's option that names the plugin to use. */
  public static final String OPTION = "tlsSocketType";

  public static final String TYPE = "rowan-pem";

  /** Options of this plugin: a file of the authorities that are trusted. */
  public static final String ROOT = "rowanRootCertificate";

  /** A file of the client's certificate, and of those that issued it. */
  public static final String CERTIFICATE = "rowanCertificate";

  /** A file of the client's key. */
  public static final String KEY = "rowanKey";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public TrustManager[] getTrustManager(
      Configuration config, ExceptionFactory exceptions, @Nullable HostAddress host)
      throws SQLException {
    SslMode mode = config.sslMode();
    String root = config.nonMappedOptions().getProperty(ROOT);
    if (mode == SslMode.TRUST || mode == SslMode.ALLOW) {
      return new TrustManager[] {new TrustAll()};
    }
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(root == null ? null : authorities(Path.of(root)));
      return factory.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new SQLException("the endpoint's sslrootcert " + root + ": " + e.getMessage(), e);
    }
  }

  private static KeyStore authorities(Path file) throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    int number = 0;
    for (Certificate certificate : certificates(file)) {
      store.setCertificateEntry("authority" + number++, certificate);
    }
    return store;
  }

  @Override
  public KeyManager @Nullable [] getKeyManager(Configuration config, ExceptionFactory exceptions)
      throws SQLException {
    String certificate = config.nonMappedOptions().getProperty(CERTIFICATE);
    String file = config.nonMappedOptions().getProperty(KEY);
    if (certificate == null || file == null) {
      return null;
    }
    try {
      PrivateKey key = PemKey.key(file).orElseThrow(() -> new IOException(file + " has no key"));
      KeyStore store = empty();
      store.setKeyEntry(
          "client",
          key,
          new char[0],
          certificates(Path.of(certificate)).toArray(Certificate[]::new));
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      return factory.getKeyManagers();
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new SQLException("the endpoint's sslcert and sslkey: " + e.getMessage(), e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    try (InputStream pem = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(pem);
    }
  }

  /** For who wants the connection encrypted and nothing more: sslmode prefer and require. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
