package dev.rowan.auth;

import static java.util.Objects.requireNonNull;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSProvider;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code --auth-token jwt,…}. What is wrong with them is thrown as an {@link
 * IllegalArgumentException} that says what is expected.
 *
 * @param options by name: sign-method, pub-key, priv-key
 * @param ttl for which tokens last
 */
public record JwtOptions(Map<String, String> options, Duration ttl) {
  /** etcd's, where no ttl is given. */
  public static final Duration TTL = Duration.ofMinutes(5);

  /** What may be given beside the ttl. */
  public static final List<String> NAMES = List.of("sign-method", "pub-key", "priv-key");

  private static final Map<String, JWSAlgorithm> METHODS =
      Map.ofEntries(
          Map.entry("RS256", JWSAlgorithm.RS256),
          Map.entry("RS384", JWSAlgorithm.RS384),
          Map.entry("RS512", JWSAlgorithm.RS512),
          Map.entry("PS256", JWSAlgorithm.PS256),
          Map.entry("PS384", JWSAlgorithm.PS384),
          Map.entry("PS512", JWSAlgorithm.PS512),
          Map.entry("ES256", JWSAlgorithm.ES256),
          Map.entry("ES384", JWSAlgorithm.ES384),
          Map.entry("ES512", JWSAlgorithm.ES512),
          Map.entry("EdDSA", JWSAlgorithm.EdDSA),
          Map.entry("HS256", JWSAlgorithm.HS256),
          Map.entry("HS384", JWSAlgorithm.HS384),
          Map.entry("HS512", JWSAlgorithm.HS512));

  public JwtOptions {
    options = Map.copyOf(options);
  }

  /** Reads the keys, and tries them. */
  public JwtKey key() {
    String method = options.getOrDefault("sign-method", "");
    JWSAlgorithm algorithm = METHODS.get(method);
    if (algorithm == null) {
      throw new IllegalArgumentException(
          "sign-method must be one of "
              + String.join(", ", METHODS.keySet().stream().sorted().toList()));
    }
    byte[] secret = file("priv-key");
    byte[] shown = file("pub-key");
    try {
      return method.startsWith("HS")
          ? mac(algorithm, secret)
          : pair(algorithm, pem(method), secret, shown);
    } catch (JOSEException e) {
      throw new IllegalArgumentException(
          method + " does not go with the key: " + e.getMessage(), e);
    }
  }

  private static PemKeys pem(String method) {
    return switch (method) {
      case "EdDSA" -> PemKeys.ED25519;
      case String es when es.startsWith("ES") -> PemKeys.ec(Integer.parseInt(es.substring(2)));
      default -> PemKeys.RSA;
    };
  }

  private byte @Nullable [] file(String name) {
    String path = options.getOrDefault(name, "");
    if (path.isEmpty()) {
      return null;
    }
    try {
      return Files.readAllBytes(Path.of(path));
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(name + " cannot be read: " + e, e);
    }
  }

  private JwtKey mac(JWSAlgorithm algorithm, byte @Nullable [] secret) throws JOSEException {
    if (secret == null || secret.length == 0) {
      throw new IllegalArgumentException(algorithm + " needs a priv-key");
    }
    int bytesMin = Integer.parseInt(algorithm.getName().substring(2)) / Byte.SIZE;
    if (secret.length < bytesMin) {
      throw new IllegalArgumentException(
          "priv-key must have at least " + bytesMin + " bytes for " + algorithm);
    }
    return tried(algorithm, new MACSigner(secret), new MACVerifier(secret));
  }

  private JwtKey pair(
      JWSAlgorithm algorithm, PemKeys pem, byte @Nullable [] secret, byte @Nullable [] shown)
      throws JOSEException {
    if (secret == null && shown == null) {
      throw new IllegalArgumentException(
          algorithm + " needs a priv-key, or a pub-key if tokens are only verified");
    }
    PublicKey given = shown == null ? null : publicKey(pem, shown);
    if (secret == null) {
      return new JwtKey(algorithm, null, fit(algorithm, verifier(requireNonNull(given))), ttl);
    }
    PrivateKey privateKey = privateKey(pem, secret);
    PublicKey publicKey = given != null ? given : publicKeyOf(pem, privateKey, secret);
    return tried(algorithm, signer(privateKey), verifier(publicKey));
  }

  private static PublicKey publicKeyOf(PemKeys pem, PrivateKey key, byte[] text) {
    try {
      return pem.publicKeyOf(key, text);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("pub-key is needed: " + e.getMessage(), e);
    }
  }

  private static PublicKey publicKey(PemKeys pem, byte[] text) {
    try {
      return pem.publicKey(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("pub-key: " + e.getMessage(), e);
    }
  }

  private static PrivateKey privateKey(PemKeys pem, byte[] text) {
    try {
      return pem.privateKey(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("priv-key: " + e.getMessage(), e);
    }
  }

  private static JWSVerifier verifier(PublicKey key) throws JOSEException {
    return switch (key) {
      case RSAPublicKey rsa -> new RSASSAVerifier(rsa);
      case ECPublicKey ec -> new ECDSAVerifier(ec);
      default -> new Ed25519.Verifier(key);
    };
  }

  private static JWSSigner signer(PrivateKey key) throws JOSEException {
    return switch (key.getAlgorithm()) {
      case "RSA" -> new RSASSASigner(key);
      case "EC" -> new ECDSASigner((ECPrivateKey) key);
      default -> new Ed25519.Signer(key);
    };
  }

  private static <P extends JWSProvider> P fit(JWSAlgorithm algorithm, P provider)
      throws JOSEException {
    if (!provider.supportedJWSAlgorithms().contains(algorithm)) {
      throw new JOSEException("it is of another algorithm or curve");
    }
    return provider;
  }

  /** A key that has signed a token and known it again: the two keys belong together. */
  private JwtKey tried(JWSAlgorithm algorithm, JWSSigner signer, JWSVerifier verifier)
      throws JOSEException {
    JwtKey key = new JwtKey(algorithm, fit(algorithm, signer), fit(algorithm, verifier), ttl);
    if (!key.knows(key.sign("", 1))) {
      throw new IllegalArgumentException("pub-key and priv-key do not belong together");
    }
    return key;
  }
}
