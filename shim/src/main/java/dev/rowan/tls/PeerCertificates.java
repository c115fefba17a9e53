package dev.rowan.tls;

import dev.rowan.auth.SubjectNames;
import java.math.BigInteger;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts another member by its certificate, whichever of the two called: issued by one of the
 * trusted, with none of its chain revoked, and with one of the allowed names if there are such.
 * Immutable.
 */
final class PeerCertificates extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager issuers;
  private final Set<BigInteger> revoked;
  private final List<String> allowedHostnames;
  private final List<String> allowedCommonNames;

  PeerCertificates(
      X509ExtendedTrustManager issuers,
      Set<BigInteger> revoked,
      List<String> allowedHostnames,
      List<String> allowedCommonNames) {
    this.issuers = issuers;
    this.revoked = Set.copyOf(revoked);
    this.allowedHostnames = List.copyOf(allowedHostnames);
    this.allowedCommonNames = List.copyOf(allowedCommonNames);
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

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    issuers.checkServerTrusted(chain, authType);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    issuers.checkServerTrusted(chain, authType, socket);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    issuers.checkServerTrusted(chain, authType, engine);
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
    X509Certificate leaf = chain[0];
    boolean named =
        allowedCommonNames.isEmpty()
            || allowedCommonNames.contains(SubjectNames.commonName(leaf.getSubjectX500Principal()));
    if (!named
        || (!allowedHostnames.isEmpty()
            && allowedHostnames.stream().noneMatch(CertificateNames.of(leaf)::match))) {
      throw new CertificateException("the member's certificate has none of the allowed names");
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return issuers.getAcceptedIssuers();
  }
}
