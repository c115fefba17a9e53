package dev.rowan.tls;

import java.math.BigInteger;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts a client by its certificate: issued by one of the trusted, with none of its chain
 * revoked, and with one of the allowed names if there are such. Immutable.
 */
final class ClientCertificates extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager issuers;
  private final Set<BigInteger> revoked;
  private final List<String> allowedHostnames;

  ClientCertificates(
      X509ExtendedTrustManager issuers, Set<BigInteger> revoked, List<String> allowedHostnames) {
    this.issuers = issuers;
    this.revoked = Set.copyOf(revoked);
    this.allowedHostnames = List.copyOf(allowedHostnames);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    issuers.checkClientTrusted(chain, authType);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    issuers.checkClientTrusted(chain, authType, socket);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    issuers.checkClientTrusted(chain, authType, engine);
    check(chain);
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    for (X509Certificate certificate : chain) {
      if (revoked.contains(certificate.getSerialNumber())) {
        throw new CertificateException(
            "the certificate with serial number "
                + certificate.getSerialNumber().toString(16)
                + " is revoked");
      }
    }
    if (!allowedHostnames.isEmpty()
        && allowedHostnames.stream().noneMatch(CertificateNames.of(chain[0])::match)) {
      throw new CertificateException("the client's certificate has none of the allowed names");
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return issuers.getAcceptedIssuers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notForServers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw notForServers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw notForServers();
  }

  private static CertificateException notForServers() {
    return new CertificateException("only clients are accepted here");
  }
}
