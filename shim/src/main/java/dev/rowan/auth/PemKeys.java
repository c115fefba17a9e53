package dev.rowan.auth;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Keys out of PEM files, in every form that openssl writes without a password. Java reads PKCS#8
 * and X.509 alone, in which the older forms are wrapped.
 *
 * @param algorithm as the JDK calls it: RSA, EC or Ed25519
 * @param identifier what the wrapping says of the algorithm, an AlgorithmIdentifier in DER
 */
record PemKeys(String algorithm, String identifier) {
  private static final byte SEQUENCE = 0x30;
  private static final byte OCTETS = 0x04;
  private static final byte BITS = 0x03;
  private static final byte UNCOMPRESSED = 0x04;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
  private static final byte[] NO_UNUSED_BITS = {0x00};

  /** The algorithm rsaEncryption, without parameters. */
  static final PemKeys RSA = new PemKeys("RSA", "300d06092a864886f70d0101010500");

  static final PemKeys ED25519 = new PemKeys("Ed25519", "300506032b6570");

  /** The algorithm id-ecPublicKey on the curve that goes with a length of digests. */
  static PemKeys ec(int bits) {
    return new PemKeys(
        "EC",
        switch (bits) {
          case 256 -> "301306072a8648ce3d020106082a8648ce3d030107";
          case 384 -> "301006072a8648ce3d020106052b81040022";
          case 512 -> "301006072a8648ce3d020106052b81040023";
          default -> throw new IllegalArgumentException("no curve for " + bits + " bits");
        });
  }

  /** The private key in a PEM text. */
  PrivateKey privateKey(byte[] pem) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm)
        .generatePrivate(new PKCS8EncodedKeySpec(privateDer(pem)));
  }

  private byte[] privateDer(byte[] pem) throws GeneralSecurityException {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    byte[] der = block(text, "PRIVATE KEY");
    if (der != null) {
      return der;
    }
    byte[] old = block(text, algorithm + " PRIVATE KEY");
    if (old == null) {
      throw new GeneralSecurityException("no private key of algorithm " + algorithm + " in it");
    }
    return wrap(SEQUENCE, VERSION_0, algorithmId(), wrap(OCTETS, old));
  }

  /** The public key in a PEM text, or that of the certificate in it. */
  PublicKey publicKey(byte[] pem) throws GeneralSecurityException {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    byte[] certificate = block(text, "CERTIFICATE");
    if (certificate != null) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(certificate))
          .getPublicKey();
    }
    byte[] der = block(text, "PUBLIC KEY");
    if (der == null) {
      byte[] old = block(text, algorithm + " PUBLIC KEY");
      der = old == null ? null : wrap(SEQUENCE, algorithmId(), wrap(BITS, NO_UNUSED_BITS, old));
    }
    if (der == null) {
      throw new GeneralSecurityException("no public key of algorithm " + algorithm + " in it");
    }
    return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
  }

  /**
   * The public key that belongs to a private one.
   *
   * @param pem what the private key was read from
   */
  PublicKey publicKeyOf(PrivateKey key, byte[] pem) throws GeneralSecurityException {
    return switch (key) {
      case RSAPrivateCrtKey rsa ->
          KeyFactory.getInstance(algorithm)
              .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
      case EdECPrivateKey ed -> generated(ed.getBytes().orElseThrow());
      default -> pointIn(pem);
    };
  }

  /** What the JDK makes of the random bytes that the private key is. */
  private PublicKey generated(byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(
        NamedParameterSpec.ED25519,
        new SecureRandom() {
          @Override
          public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
          }
        });
    return generator.generateKeyPair().getPublic();
  }

  /** The point on the curve with which a private EC key ends, if whoever wrote it put it there. */
  private PublicKey pointIn(byte[] pem) throws GeneralSecurityException {
    byte[] der = privateDer(pem);
    int bytes = 2 * coordinateBytes() + 1;
    byte[] point = Arrays.copyOfRange(der, Math.max(0, der.length - bytes), der.length);
    if (point.length < bytes || point[0] != UNCOMPRESSED) {
      throw new GeneralSecurityException("the private key does not hold the public one");
    }
    byte[] whole = wrap(SEQUENCE, algorithmId(), wrap(BITS, NO_UNUSED_BITS, point));
    return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(whole));
  }

  private int coordinateBytes() {
    return identifier.endsWith("23") ? 66 : identifier.endsWith("22") ? 48 : 32;
  }

  private byte[] algorithmId() {
    return HexFormat.of().parseHex(identifier);
  }

  private static byte @Nullable [] block(String text, String label)
      throws GeneralSecurityException {
    String begin = "-----BEGIN " + label + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf("-----END " + label + "-----", Math.max(0, from));
    if (from < 0 || to < 0) {
      return null;
    }
    try {
      return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("its base64 is damaged", e);
    }
  }

  /** A DER value made of others. */
  private static byte[] wrap(byte tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    int length = content.size();
    if (length < 0x80) {
      whole.write(length);
    } else {
      whole.write(0x82);
      whole.write(length >>> 8);
      whole.write(length);
    }
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
