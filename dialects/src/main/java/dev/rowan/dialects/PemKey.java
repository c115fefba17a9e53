package dev.rowan.dialects;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postgresql.PGProperty;

/**
 * The client key of a TLS connection: a PEM file in PKCS#8 and not encrypted, which is all that
 * pgjdbc reads. It must be told the key's algorithm, which it would take for RSA otherwise.
 */
public final class PemKey {
  private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END";
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private PemKey() {}

  /** Adds the algorithm of the key that the properties name, or says how to convert the key. */
  static void check(Map<String, String> properties) {
    String file = properties.get(PGProperty.SSL_KEY.getName());
    if (file == null || !Files.isReadable(Path.of(file))) {
      return;
    }
    Optional<PrivateKey> key = key(file);
    key.ifPresent(found ->
        properties.putIfAbsent(PGProperty.PEM_KEY_ALGORITHM.getName(), found.getAlgorithm()));
  }

  /**
   * Reads a key; empty if it isn't a PEM file.
   *
   * @throws IllegalArgumentException if it can't be used; the message says how to convert it
   */
  public static Optional<PrivateKey> key(String file) {
    String pem = read(file);
    int begin = pem.indexOf(PKCS8);
    if (begin < 0 && pem.contains("-----BEGIN ")) {
      throw new IllegalArgumentException(
          "the endpoint's sslkey "
              + file
              + " is a PEM file, but not PKCS#8 without a password, which is all that the driver"
              + " reads; convert it: openssl pkcs8 -topk8 -nocrypt -in "
              + file
              + " -out converted.pem");
    }
    int end = pem.indexOf(END, begin + 1);
    if (begin < 0 || end < 0) {
      return Optional.empty();
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + PKCS8.length(), end));
    for (String algorithm : ALGORITHMS) {
      Optional<PrivateKey> key = keyOf(algorithm, der);
      if (key.isPresent()) {
        return key;
      }
    }
    throw new IllegalArgumentException(
        "the endpoint's sslkey " + file + " is none of " + String.join(", ", ALGORITHMS));
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalArgumentException("the endpoint's sslkey " + file + ": " + e, e);
    }
  }

  private static Optional<PrivateKey> keyOf(String algorithm, byte[] der) {
    try {
      return Optional.of(
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }
}
