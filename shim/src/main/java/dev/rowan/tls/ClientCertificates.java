package dev.rowan.tls;

import java.math.BigInteger;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Accepts clients, by hostnames in their certificates if there are allowed ones. Immutable. */
final class ClientCertificates extends IssuedCertificates {
  private final List<String> allowedHostnames;

  ClientCertificates(
      X509ExtendedTrustManager issuers, Set<BigInteger> revoked, List<String> allowedHostnames) {
    super(issuers, revoked);
    this.allowedHostnames = List.copyOf(allowedHostnames);
  }

  @Override
  void checkNames(X509Certificate leaf) throws CertificateException {
    if (!hasOneOf(allowedHostnames, leaf)) {
      throw new CertificateException("the client's certificate has none of the allowed names");
    }
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
