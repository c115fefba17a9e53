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
 * Accepts who calls by a certificate: issued by one of the trusted, with none of its chain revoked,
 * and with a name that is allowed. Immutable.
 */
abstract class IssuedCertificates extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager issuers;
  private final Set<BigInteger> revoked;

  IssuedCertificates(X509ExtendedTrustManager issuers, Set<BigInteger> revoked) {
    this.issuers = issuers;
    this.revoked = Set.copyOf(revoked);
  }

  /** Refuses names that aren't allowed. */
  abstract void checkNames(X509Certificate leaf) throws CertificateException;

  static boolean hasOneOf(List<String> hostnames, X509Certificate leaf)
      throws CertificateException {
    return hostnames.isEmpty() || hostnames.stream().anyMatch(CertificateNames.of(leaf)::match);
  }

  X509ExtendedTrustManager issuers() {
    return issuers;
  }

  /** What an issuer's word doesn't cover. */
  void check(X509Certificate[] chain) throws CertificateException {
    for (X509Certificate certificate : chain) {
      if (revoked.contains(certificate.getSerialNumber())) {
        throw new CertificateException(
            "the certificate with serial number "
                + certificate.getSerialNumber().toString(16)
                + " is revoked");
      }
    }
    checkNames(chain[0]);
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
  public X509Certificate[] getAcceptedIssuers() {
    return issuers.getAcceptedIssuers();
  }
}
