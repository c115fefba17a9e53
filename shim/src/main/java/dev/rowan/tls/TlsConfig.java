package dev.rowan.tls;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What TLS connections are to be: the flags, typed and free of contradictions. Immutable.
 *
 * @param certFile PEM: the server's certificate, then those between it and its root
 * @param keyFile PEM: the certificate's key
 * @param selfSigned how to make both files where they are not there yet; null if they must be
 * @param clients what clients must show
 * @param protocols in the JDK's names, at least one
 * @param cipherSuites in the JDK's names; empty for what HTTP/2 allows
 */
public record TlsConfig(
    Path certFile,
    Path keyFile,
    @Nullable SelfSigned selfSigned,
    Clients clients,
    List<String> protocols,
    List<String> cipherSuites) {
  public TlsConfig {
    protocols = List.copyOf(protocols);
    cipherSuites = List.copyOf(cipherSuites);
  }

  /**
   * A certificate that is made at the first start and used again at later ones.
   *
   * @param years how long it is valid, at 365 days
   * @param hosts names and addresses that it is for, at least one
   */
  public record SelfSigned(int years, List<String> hosts) {
    public SelfSigned {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * What clients must show.
   *
   * @param required whether a client needs a certificate
   * @param trustedCaFile PEM: who may issue it; null for the roots that Java trusts
   * @param crlFile PEM or DER: certificates that are not accepted; null for none
   * @param allowedHostnames names or addresses, one of which the certificate must have; empty for
   *     any
   */
  public record Clients(
      boolean required,
      @Nullable Path trustedCaFile,
      @Nullable Path crlFile,
      List<String> allowedHostnames) {
    public Clients {
      allowedHostnames = List.copyOf(allowedHostnames);
    }
  }
}
