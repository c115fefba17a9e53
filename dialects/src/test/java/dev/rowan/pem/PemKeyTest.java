package dev.rowan.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemKeyTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {2048, 4096})
  void rsaKeysAreReadInBothForms(int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    PrivateKey key = generator.generateKeyPair().getPrivate();
    byte[] inner =
        PrivateKeyInfo.getInstance(key.getEncoded())
            .parsePrivateKey()
            .toASN1Primitive()
            .getEncoded();

    assertThat(PemKey.read(pem("PRIVATE KEY", key.getEncoded()))).isEqualTo(key);
    assertThat(PemKey.read(pem("RSA PRIVATE KEY", inner))).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void ellipticKeysAreReadInEveryForm(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    ECPrivateKey key = (ECPrivateKey) generator.generateKeyPair().getPrivate();
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
    ASN1Encodable named = info.getPrivateKeyAlgorithm().getParameters();
    int bits = key.getParams().getOrder().bitLength();
    byte[] whole = new org.bouncycastle.asn1.sec.ECPrivateKey(bits, key.getS(), named).getEncoded();
    byte[] nameless = new org.bouncycastle.asn1.sec.ECPrivateKey(bits, key.getS()).getEncoded();

    assertThat(PemKey.read(pem("PRIVATE KEY", key.getEncoded()))).isEqualTo(key);
    assertSame(PemKey.read(pem("EC PRIVATE KEY", whole)), key);
    Path both = pem("EC PARAMETERS", named.toASN1Primitive().getEncoded());
    Files.writeString(
        both, Files.readString(both) + Files.readString(pem("EC PRIVATE KEY", nameless)));
    assertSame(PemKey.read(both), key);
  }

  /** Encodings of one key may differ in what they repeat of it. */
  private static void assertSame(PrivateKey read, ECPrivateKey key) {
    assertThat(((ECPrivateKey) read).getS()).isEqualTo(key.getS());
    assertThat(((ECPrivateKey) read).getParams().getCurve()).isEqualTo(key.getParams().getCurve());
  }

  @Test
  void edwardsKeysAreRead() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();

    assertThat(PemKey.read(pem("PRIVATE KEY", pair.getPrivate().getEncoded())))
        .isEqualTo(pair.getPrivate());
  }

  @Test
  void anErrorNamesTheFileAndNeverTheKey() throws Exception {
    Path encrypted = pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3});
    assertThatThrownBy(() -> PemKey.read(encrypted))
        .hasMessage("the key in " + encrypted + " has a password; store it without");
    Path old = directory.resolve("old.pem");
    Files.writeString(
        old,
        """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,00

        AAAA
        -----END RSA PRIVATE KEY-----
        """);
    assertThatThrownBy(() -> PemKey.read(old)).hasMessageContaining("has a password");
    Path damaged = pem("PRIVATE KEY", new byte[] {1, 2, 3});
    assertThatThrownBy(() -> PemKey.read(damaged))
        .hasMessage("the key in " + damaged + " is none of RSA, EC, EdDSA, or damaged");
    Path cut = pem("EC PRIVATE KEY", new byte[] {0x30, 5, 2, 1});
    assertThatThrownBy(() -> PemKey.read(cut)).hasMessage("the key in " + cut + " is damaged");
    Path other = pem("CERTIFICATE", new byte[] {1});
    assertThatThrownBy(() -> PemKey.read(other))
        .hasMessage(other + " holds no private key in PEM form");
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> PemKey.read(missing)).hasMessage("there is no file " + missing);
  }

  private Path pem(String kind, byte[] der) throws Exception {
    String base64 = Base64.getMimeEncoder().encodeToString(der);
    return Files.writeString(
        Files.createTempFile(directory, "key", ".pem"),
        "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
  }
}
