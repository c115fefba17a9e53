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
 * Accepts other members, whichever of the two called, by hostnames and common names in their
 * certificates if there are allowed ones. Immutable.
 */
final class PeerCertificates extends IssuedCertificates {
  private final List<String> allowedHostnames;
  private final List<String> allowedCommonNames;

  PeerCertificates(
      X509ExtendedTrustManager issuers,
      Set<BigInteger> revoked,
      List<String> allowedHostnames,
      List<String> allowedCommonNames) {
    super(issuers, revoked);
    this.allowedHostnames = List.copyOf(allowedHostnames);
    this.allowedCommonNames = List.copyOf(allowedCommonNames);
  }

  @Override
  void checkNames(X509Certificate leaf) throws CertificateException {
    boolean named =
        allowedCommonNames.isEmpty()
            || allowedCommonNames.contains(SubjectNames.commonName(leaf.getSubjectX500Principal()));
    if (!named || !hasOneOf(allowedHostnames, leaf)) {
      throw new CertificateException("the member's certificate has none of the allowed names");
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    issuers().checkServerTrusted(chain, authType);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    issuers().checkServerTrusted(chain, authType, socket);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    issuers().checkServerTrusted(chain, authType, engine);
    check(chain);
  }
}
