package dev.rowan.tls;

import io.netty.util.NetUtil;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * The names and addresses that a certificate is for, its alternative names alone: the common name
 * has long stopped to count.
 *
 * @param dns host names, which may begin with {@code *.}
 * @param addresses IP addresses as text
 */
record CertificateNames(List<String> dns, List<String> addresses) {
  /** Kinds of alternative names, as X.509 numbers them. */
  private static final int DNS = 2;

  private static final int IP = 7;

  CertificateNames {
    dns = List.copyOf(dns);
    addresses = List.copyOf(addresses);
  }

  static CertificateNames of(X509Certificate certificate) throws CertificateParsingException {
    List<String> dns = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names != null) {
      for (List<?> name : names) {
        switch ((Integer) name.get(0)) {
          case DNS -> dns.add((String) name.get(1));
          case IP -> addresses.add((String) name.get(1));
          default -> {}
        }
      }
    }
    return new CertificateNames(dns, addresses);
  }

  /** Whether the certificate is for a host: an IP address, or a name in full. */
  boolean match(String host) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    if (address != null) {
      return addresses.stream()
          .anyMatch(
              each -> Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(each)));
    }
    String name = canonical(host);
    return dns.stream().anyMatch(each -> matches(canonical(each), name));
  }

  /** A star stands for the whole first label, and only there. */
  private static boolean matches(String pattern, String name) {
    if (!pattern.startsWith("*.")) {
      return pattern.equals(name);
    }
    int dot = name.indexOf('.');
    return dot > 0 && pattern.substring(1).equals(name.substring(dot));
  }

  private static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
