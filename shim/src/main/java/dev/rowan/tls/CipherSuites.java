package dev.rowan.tls;

import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * Cipher suites by the names of Go, which etcd's flag takes: the registered ones, and two short
 * forms. What Java offers has the same names; what it has given up (RC4, 3DES, and RSA without an
 * agreed key) cannot be offered.
 */
public final class CipherSuites {
  private static final Set<String> NAMES =
      Set.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
          "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA256",
          "TLS_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_RSA_WITH_AES_256_CBC_SHA",
          "TLS_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_RSA_WITH_RC4_128_SHA");

  private static final Map<String, String> SHORT =
      Map.of(
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");

  /** Those of TLS 1.3, which no option takes away, as in Go. */
  private static final List<String> ALWAYS =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private CipherSuites() {}

  /**
   * What becomes of a list of suites.
   *
   * @param used what is offered, in the JDK's names, those of TLS 1.3 among them
   * @param notOffered what was asked for and Java does not have
   */
  public record Choice(List<String> used, List<String> notOffered) {
    public Choice {
      used = List.copyOf(used);
      notOffered = List.copyOf(notOffered);
    }
  }

  /**
   * Chooses suites by name.
   *
   * @throws IllegalArgumentException for a name that Go does not know, with that name as the
   *     message
   */
  public static Choice choose(List<String> names) {
    Set<String> offered = offered();
    List<String> used = new ArrayList<>();
    List<String> notOffered = new ArrayList<>();
    for (String name : names) {
      String full = SHORT.getOrDefault(name, name);
      if (!NAMES.contains(full)) {
        throw new IllegalArgumentException(name);
      }
      if (offered.contains(full)) {
        used.add(full);
      } else {
        notOffered.add(name);
      }
    }
    ALWAYS.stream().filter(suite -> !used.contains(suite)).forEach(used::add);
    return new Choice(used, notOffered);
  }

  private static Set<String> offered() {
    try {
      return Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }
}
