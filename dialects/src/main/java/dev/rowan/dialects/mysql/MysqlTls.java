package dev.rowan.dialects.mysql;

import dev.rowan.pem.PemFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
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
      return new TrustManager[] {PemFiles.issuers(root == null ? null : Path.of(root))};
    } catch (GeneralSecurityException | IOException e) {
      throw new SQLException("the endpoint's sslrootcert: " + e.getMessage(), e);
    }
  }

  @Override
  public KeyManager @Nullable [] getKeyManager(Configuration config, ExceptionFactory exceptions)
      throws SQLException {
    String certificate = config.nonMappedOptions().getProperty(CERTIFICATE);
    String key = config.nonMappedOptions().getProperty(KEY);
    if (certificate == null || key == null) {
      return null;
    }
    try {
      return PemFiles.shown(Path.of(certificate), Path.of(key));
    } catch (GeneralSecurityException | IOException e) {
      throw new SQLException("the endpoint's sslcert and sslkey: " + e.getMessage(), e);
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
