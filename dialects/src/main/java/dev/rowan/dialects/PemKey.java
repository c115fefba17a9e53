package dev.rowan.dialects;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.postgresql.PGProperty;

/**
 * The client key of a TLS connection. pgjdbc reads a PEM file only in PKCS#8 and not encrypted, and
 * must be told the key's algorithm, which it would take for RSA otherwise.
 */
final class PemKey {
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
    if (begin >= 0 && end >= 0) {
      byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + PKCS8.length(), end));
      properties.putIfAbsent(PGProperty.PEM_KEY_ALGORITHM.getName(), algorithm(file, der));
    }
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalArgumentException("the endpoint's sslkey " + file + ": " + e, e);
    }
  }

  private static String algorithm(String file, byte[] der) {
    for (String algorithm : ALGORITHMS) {
      if (isOf(algorithm, der)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException(
        "the endpoint's sslkey " + file + " is none of " + String.join(", ", ALGORITHMS));
  }

  private static boolean isOf(String algorithm, byte[] der) {
    try {
      KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
