package dev.rowan.pem;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private key in a PEM file without a password: PKCS#8, RSA's own form (PKCS#1) or that of
 * elliptic curves (SEC1). Java reads the first alone; the others become it by a frame around them:
 * version 0, the algorithm, and the key's bytes.
 */
public final class PemKey {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private static final int INTEGER = 0x02;
  private static final int OCTETS = 0x04;
  private static final int SEQUENCE = 0x30;

  /** Around the name of the curve, inside a SEC1 key. */
  private static final int CURVE = 0xa0;

  private static final byte[] VERSION = HexFormat.of().parseHex("020100");

  /** rsaEncryption, 1.2.840.113549.1.1.1, without parameters. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  /** ecPublicKey, 1.2.840.10045.2.1; the curve follows. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private PemKey() {}

  /**
   * Reads the first key of a file.
   *
   * @throws IOException if the file cannot be read
   * @throws GeneralSecurityException if it holds no key that can be used; the message names it
   */
  public static PrivateKey read(Path file) throws IOException, GeneralSecurityException {
    String name = file.toString();
    return key(name, pkcs8(PemFiles.read(file), name));
  }

  /** The first key of a PEM text, as PKCS#8. */
  private static byte[] pkcs8(byte[] text, String name) throws GeneralSecurityException {
    String pem = new String(text, StandardCharsets.ISO_8859_1);
    byte[] curve = {};
    Matcher block = BLOCK.matcher(pem);
    while (block.find()) {
      String kind = block.group(1);
      if (kind.startsWith("ENCRYPTED") || block.group(2).contains("ENCRYPTED")) {
        throw new InvalidKeyException("the key in " + name + " has a password; store it without");
      }
      if (kind.endsWith("PRIVATE KEY") || kind.equals("EC PARAMETERS")) {
        byte[] der = decode(name, block.group(2));
        switch (kind) {
          case "PRIVATE KEY" -> {
            return der;
          }
          case "RSA PRIVATE KEY" -> {
            return pkcs8(RSA, der);
          }
          case "EC PRIVATE KEY" -> {
            byte[] named = curve(name, der);
            byte[] algorithm = tlv(SEQUENCE, EC, named.length > 0 ? named : curve);
            return pkcs8(algorithm, der);
          }
          default -> curve = kind.equals("EC PARAMETERS") ? der : curve;
        }
      }
    }
    throw new InvalidKeyException(name + " holds no private key in PEM form");
  }

  private static byte[] decode(String name, String base64) throws InvalidKeyException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("the key in " + name + " is damaged", e);
    }
  }

  private static PrivateKey key(String name, byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        // Of another algorithm, or damaged; refused below.
      }
    }
    throw new InvalidKeyException(
        "the key in " + name + " is none of " + String.join(", ", ALGORITHMS) + ", or damaged");
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return tlv(SEQUENCE, VERSION, algorithm, tlv(OCTETS, key));
  }

  /** The curve that a SEC1 key names after its version and number; empty if it names none. */
  private static byte[] curve(String name, byte[] sec1) throws InvalidKeyException {
    try {
      int at = contents(sec1, 0, SEQUENCE);
      at = end(sec1, at, INTEGER);
      at = end(sec1, at, OCTETS);
      if (at >= sec1.length || (sec1[at] & 0xff) != CURVE) {
        return new byte[0];
      }
      int from = contents(sec1, at, CURVE);
      return Arrays.copyOfRange(sec1, from, end(sec1, at, CURVE));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new InvalidKeyException("the key in " + name + " is damaged", e);
    }
  }

  /** Where the contents of an element begin: after its tag, and a length of one to three bytes. */
  private static int contents(byte[] der, int at, int tag) {
    if ((der[at] & 0xff) != tag) {
      throw new IllegalArgumentException("another element is expected");
    }
    int length = der[at + 1] & 0xff;
    return at + 2 + (length < 0x80 ? 0 : length - 0x80);
  }

  private static int end(byte[] der, int at, int tag) {
    int from = contents(der, at, tag);
    int length = der[at + 1] & 0xff;
    if (length >= 0x80) {
      length = 0;
      for (int i = at + 2; i < from; i++) {
        length = (length << 8) | (der[i] & 0xff);
      }
    }
    return from + length;
  }

  private static byte[] tlv(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (length >= 0x80) {
      int bytes = length > 0xffff ? 3 : length > 0xff ? 2 : 1;
      out.write(0x80 | bytes);
      for (int shift = 8 * (bytes - 1); shift > 0; shift -= 8) {
        out.write(length >> shift);
      }
    }
    out.write(length);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
