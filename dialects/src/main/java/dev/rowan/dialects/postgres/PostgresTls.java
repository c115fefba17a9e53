package dev.rowan.dialects.postgres;

import dev.rowan.pem.PemFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Properties;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.SslMode;
import org.postgresql.ssl.NonValidatingFactory.NonValidatingTM;
import org.postgresql.ssl.WrappedFactory;

/**
 * TLS with keys in every PEM form that libpq takes, of which pgjdbc by itself reads one; and with a
 * client's certificate beside the system's authorities. The driver finds it by its name, makes one
 * for each connection, and looks at the server's name itself.
 */
public final class PostgresTls extends WrappedFactory {
  /** As the file of authorities: those that Java trusts. */
  public static final String SYSTEM = "system";

  private static final Path LIBPQ_ROOT =
      Path.of(System.getProperty("user.home"), ".postgresql", "root.crt");

  /**
   * Reads the files.
   *
   * @param info the driver's properties
   * @throws SQLException if a file cannot be used; the message names it
   */
  public PostgresTls(Properties info) throws SQLException {
    String root = PGProperty.SSL_ROOT_CERT.getOrDefault(info);
    String certificate = PGProperty.SSL_CERT.getOrDefault(info);
    String key = PGProperty.SSL_KEY.getOrDefault(info);
    try {
      KeyManager[] shown =
          certificate == null || key == null
              ? null
              : PemFiles.shown(Path.of(certificate), Path.of(key));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(shown, new TrustManager[] {trusted(SslMode.of(info), root)}, null);
      factory = context.getSocketFactory();
    } catch (GeneralSecurityException | IOException e) {
      throw new SQLException("the endpoint's sslcert, sslkey or sslrootcert: " + e.getMessage(), e);
    }
  }

  private static TrustManager trusted(SslMode mode, @Nullable String root)
      throws IOException, GeneralSecurityException {
    if (!mode.verifyCertificate()) {
      return new NonValidatingTM();
    }
    if (root == null) {
      return PemFiles.issuers(LIBPQ_ROOT);
    }
    return PemFiles.issuers(root.equals(SYSTEM) ? null : Path.of(root));
  }
}
