package dev.rowan.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.security.auth.x500.X500Principal;

/**
 * Reads whom a certificate names, as etcd's library of certificates does: the last common name that
 * is a string, in the order in which the certificate has them, of several in one part of the name
 * too. Java's own readers order, quote or hide some. Without state.
 *
 * <pre>
 * SEQUENCE                        the subject
 *   SET                           a part of it, of one or several attributes
 *     SEQUENCE  OID  string       an attribute: 2.5.4.3 is the common name
 * </pre>
 */
public final class SubjectNames {
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int OID = 0x06;

  /** 2.5.4.3. */
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};

  private SubjectNames() {}

  /** The common name; empty if there is none. */
  public static String commonName(X500Principal subject) {
    String name = "";
    ByteBuffer parts = value(ByteBuffer.wrap(subject.getEncoded()), SEQUENCE);
    while (parts.hasRemaining()) {
      ByteBuffer attributes = value(parts, SET);
      while (attributes.hasRemaining()) {
        ByteBuffer attribute = value(attributes, SEQUENCE);
        boolean named = value(attribute, OID).equals(ByteBuffer.wrap(COMMON_NAME));
        int tag = attribute.get(attribute.position());
        ByteBuffer string = value(attribute, tag);
        name = named ? string(tag, string, name) : name;
      }
    }
    return name;
  }

  /** The text of a string's bytes; the other where the type is of no string. */
  private static String string(int tag, ByteBuffer bytes, String other) {
    return switch (tag) {
      case 0x0c -> StandardCharsets.UTF_8.decode(bytes).toString();
      // Numeric, printable and IA5 strings are ASCII; a teletex string is taken for Latin 1.
      case 0x12, 0x13, 0x14, 0x16 -> StandardCharsets.ISO_8859_1.decode(bytes).toString();
      case 0x1e -> StandardCharsets.UTF_16BE.decode(bytes).toString();
      default -> other;
    };
  }

  /** Takes an element off the front and gives its value. Java has checked the encoding before. */
  private static ByteBuffer value(ByteBuffer from, int tag) {
    if (from.get() != tag) {
      throw new IllegalArgumentException("a name's encoding has another element here");
    }
    int length = from.get();
    if (length < 0) {
      int bytes = length & 0x7f;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | (from.get() & 0xff);
      }
    }
    ByteBuffer value = from.slice(from.position(), length);
    from.position(from.position() + length);
    return value;
  }
}
