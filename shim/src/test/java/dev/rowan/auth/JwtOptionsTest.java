package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.error.EtcdError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** the options of JSON web tokens, and the tokens that come of them. */
class JwtOptionsTest {
  private static final Duration TTL = Duration.ofMinutes(5);

  @TempDir Path folder;

  private static KeyPair pair(String method) throws GeneralSecurityException {
    return switch (method) {
      case "EdDSA" -> KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      case "ES256", "ES384", "ES512" -> {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        String bits = method.equals("ES512") ? "521" : method.substring(2);
        generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"));
        yield generator.generateKeyPair();
      }
      default -> {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        yield generator.generateKeyPair();
      }
    };
  }

  private String pem(String label, byte[] der) throws IOException {
    Path file = Files.createTempFile(folder, "key", ".pem");
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
            file, "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n")
        .toString();
  }

  private String privatePem(KeyPair pair) throws IOException {
    return pem("PRIVATE KEY", pair.getPrivate().getEncoded());
  }

  private String publicPem(KeyPair pair) throws IOException {
    return pem("PUBLIC KEY", pair.getPublic().getEncoded());
  }

  private static JwtKey key(String... options) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      map.put(options[i], options[i + 1]);
    }
    return new JwtOptions(map, TTL).key();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
      })
  void eachMethodWithAPairSignsAndVerifies(String method) throws Exception {
    KeyPair pair = pair(method);
    JwtKey both =
        key("sign-method", method, "pub-key", publicPem(pair), "priv-key", privatePem(pair));
    JwtKey verifies = key("sign-method", method, "pub-key", publicPem(pair));

    String token = both.sign("alice", 12);

    assertThat(token.split("\\.")).hasSize(3);
    assertThat(both.holder(token)).isEqualTo(new Caller.Named("alice", 12, Caller.Proof.SIGNED));
    assertThat(verifies.holder(token))
        .isEqualTo(new Caller.Named("alice", 12, Caller.Proof.SIGNED));
    assertThatThrownBy(() -> verifies.sign("alice", 12))
        .isSameAs(EtcdError.VERIFY_ONLY.exception());
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "HS384", "HS512"})
  void eachMethodWithASecretSignsAndVerifies(String method) throws IOException {
    Path secret = Files.write(folder.resolve("secret"), new byte[64]);
    JwtKey key = key("sign-method", method, "priv-key", secret.toString());

    assertThat(key.holder(key.sign("alice", 12)))
        .isEqualTo(new Caller.Named("alice", 12, Caller.Proof.SIGNED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "EdDSA"})
  void aPrivateKeyIsEnough(String method) throws Exception {
    KeyPair pair = pair(method);
    JwtKey one = key("sign-method", method, "priv-key", privatePem(pair));
    JwtKey other = key("sign-method", method, "pub-key", publicPem(pair));

    assertThat(other.holder(one.sign("alice", 3)))
        .isEqualTo(new Caller.Named("alice", 3, Caller.Proof.SIGNED));
  }

  /** PKCS#1 is what the wrapping of PKCS#8 holds. */
  @Test
  void theOlderFormsOfRsaKeysAreRead() throws Exception {
    KeyPair pair = pair("RS256");
    String secret = pem("RSA PRIVATE KEY", innermost(pair.getPrivate().getEncoded(), 2));
    byte[] bits = innermost(pair.getPublic().getEncoded(), 1);
    String shown = pem("RSA PUBLIC KEY", Arrays.copyOfRange(bits, 1, bits.length));

    JwtKey key = key("sign-method", "RS256", "priv-key", secret, "pub-key", shown);

    assertThat(key.holder(key.sign("alice", 3)))
        .isEqualTo(new Caller.Named("alice", 3, Caller.Proof.SIGNED));
  }

  /** The key as openssl writes it with its public point behind it. */
  @ParameterizedTest
  @ValueSource(strings = {"ES256", "ES384", "ES512"})
  void theOlderFormOfCurvesKeysIsRead(String method) throws Exception {
    KeyPair pair = pair(method);
    byte[] sec1 = innermost(pair.getPrivate().getEncoded(), 2);
    String secret = pem("EC PRIVATE KEY", sec1);

    JwtKey key = key("sign-method", method, "priv-key", secret, "pub-key", publicPem(pair));

    assertThat(key.holder(key.sign("alice", 3)))
        .isEqualTo(new Caller.Named("alice", 3, Caller.Proof.SIGNED));
  }

  /** The content of a sequence's element with this number. */
  private static byte[] innermost(byte[] der, int element) {
    int at = header(der, 0);
    for (int i = 0; i < element; i++) {
      at += header(der, at) + length(der, at);
    }
    int from = at + header(der, at);
    return Arrays.copyOfRange(der, from, from + length(der, at));
  }

  private static int header(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return first < 0x80 ? 2 : 2 + (first - 0x80);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    int length = first < 0x80 ? first : 0;
    for (int i = 0; first > 0x80 && i < first - 0x80; i++) {
      length = (length << 8) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    String rsa = privatePem(pair("RS256"));
    String other = publicPem(pair("RS256"));
    String curve = privatePem(pair("ES256"));
    String shortSecret = Files.write(folder.resolve("short"), new byte[31]).toString();

    assertThatThrownBy(() -> key()).hasMessageContaining("sign-method must be one of ES256,");
    assertThatThrownBy(() -> key("sign-method", "none")).hasMessageContaining("sign-method");
    assertThatThrownBy(() -> key("sign-method", "RS256")).hasMessageContaining("needs a priv-key");
    assertThatThrownBy(() -> key("sign-method", "HS256")).hasMessageContaining("needs a priv-key");
    assertThatThrownBy(() -> key("sign-method", "HS256", "priv-key", shortSecret))
        .hasMessageContaining("at least 32 bytes");
    assertThatThrownBy(() -> key("sign-method", "RS256", "priv-key", "/nowhere"))
        .hasMessageContaining("priv-key cannot be read");
    assertThatThrownBy(() -> key("sign-method", "RS256", "priv-key", rsa, "pub-key", other))
        .hasMessageContaining("do not belong together");
    assertThatThrownBy(() -> key("sign-method", "RS256", "priv-key", curve))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> key("sign-method", "ES384", "priv-key", curve, "pub-key", other))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTokenThatEndedOrWasChangedIsNobodys() throws Exception {
    KeyPair pair = pair("ES256");
    Map<String, String> options =
        Map.of("sign-method", "ES256", "priv-key", privatePem(pair), "pub-key", publicPem(pair));
    JwtKey ended = new JwtOptions(options, Duration.ofSeconds(-5)).key();
    JwtKey key = new JwtOptions(options, TTL).key();
    KeyPair others = pair("ES256");
    JwtKey stranger =
        key("sign-method", "ES256", "priv-key", privatePem(others), "pub-key", publicPem(others));
    String token = key.sign("alice", 3);
    int dot = token.indexOf('.') + 5;

    assertThat(key.holder(ended.sign("alice", 3))).isNull();
    assertThat(key.holder("")).isNull();
    assertThat(key.holder("a.b.c")).isNull();
    assertThat(key.holder(token.substring(0, dot) + "A" + token.substring(dot))).isNull();
    assertThat(key.holder(token)).as("and then the real one").isNotNull();
    assertThat(key.holder(stranger.sign("alice", 3))).isNull();
  }
}
