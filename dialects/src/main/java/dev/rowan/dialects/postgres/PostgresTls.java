package dev.rowan.dialects.postgres;

import dev.rowan.pem.PemFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Properties;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.SslMode;
import org.postgresql.ssl.NonValidatingFactory.NonValidatingTM;
import org.postgresql.ssl.WrappedFactory;
import org.postgresql.util.PSQLException;

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

  /** Why a file can't be used; the driver would not tell it of what is thrown while it is made. */
  private final @Nullable IOException failure;

  /**
   * Reads the files.
   *
   * @param info the driver's properties
   * @throws PSQLException if it has no such sslmode
   */
  public PostgresTls(Properties info) throws PSQLException {
    IOException problem = null;
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
      problem = new IOException("sslcert, sslkey or sslrootcert: " + e.getMessage(), e);
    }
    failure = problem;
  }

  @Override
  public Socket createSocket(Socket plain, String host, int port, boolean autoClose)
      throws IOException {
    if (failure != null) {
      throw failure;
    }
    return super.createSocket(plain, host, port, autoClose);
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
