package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

/** the name that etcd's library of certificates reads. */
class SubjectNamesTest {
  private static final int UTF8 = 0x0c;
  private static final int TELETEX = 0x14;
  private static final int BMP = 0x1e;
  private static final int BITS = 0x03;

  private static String nameOf(String subject) {
    return SubjectNames.commonName(new X500Principal(subject));
  }

  @Test
  void theNameOfACertificateIsItsSubjects() throws Exception {
    var bundle =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=alice,O=Rowan")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();

    assertThat(SubjectNames.commonName(bundle.getCertificate().getSubjectX500Principal()))
        .isEqualTo("alice");
  }

  /** Text has the parts in the opposite order. */
  @Test
  void theLastOfSeveralNamesCounts() {
    assertThat(nameOf("CN=last,O=Rowan,CN=first")).isEqualTo("last");
    assertThat(nameOf("O=Rowan,CN=last,CN=first")).isEqualTo("last");
  }

  @Test
  void aPartMayHaveSeveralAttributes() {
    assertThat(nameOf("CN=alice+O=Rowan")).isEqualTo("alice");
    assertThat(nameOf("O=Rowan+CN=alice,C=CH")).isEqualTo("alice");
    assertThat(nameOf("CN=b+CN=a")).as("a set is in the order of its bytes").isEqualTo("b");
  }

  @Test
  void whoHasNoNameIsNobody() {
    assertThat(nameOf("O=Rowan")).isEmpty();
    assertThat(nameOf("")).isEmpty();
  }

  @Test
  void whatIsSpecialInTextIsOrdinaryInAName() {
    assertThat(nameOf("CN=\"a,b+CN=c\",O=CN\\=d")).isEqualTo("a,b+CN=c");
    assertThat(nameOf("O=\\,CN\\=eve,CN=\\#61")).isEqualTo("#61");
    assertThat(nameOf("CN=j\u00fcrg \ud83d\ude00")).isEqualTo("j\u00fcrg \ud83d\ude00");
    assertThat(nameOf("CN=" + "n".repeat(300))).hasSize(300);
  }

  @Test
  void stringsOfEachKindAreRead() {
    assertThat(
            SubjectNames.commonName(subject(part(BMP, "bob".getBytes(StandardCharsets.UTF_16BE)))))
        .isEqualTo("bob");
    assertThat(
            SubjectNames.commonName(
                subject(part(TELETEX, "\u00e9va".getBytes(StandardCharsets.ISO_8859_1)))))
        .isEqualTo("\u00e9va");
    byte[] alice = part(UTF8, "alice".getBytes(StandardCharsets.UTF_8));
    assertThat(SubjectNames.commonName(subject(alice, part(BITS, new byte[] {0, 'x'}))))
        .as("what is no string names nobody")
        .isEqualTo("alice");
  }

  /** One part of a name with one common name, of a type. */
  private static byte[] part(int type, byte[] value) {
    byte[] oid = element(0x06, new byte[] {0x55, 0x04, 0x03});
    return element(0x31, element(0x30, joined(List.of(oid, element(type, value)))));
  }

  private static X500Principal subject(byte[]... parts) {
    return new X500Principal(element(0x30, joined(List.of(parts))));
  }

  private static byte[] element(int tag, byte[] value) {
    return joined(List.of(new byte[] {(byte) tag, (byte) value.length}, value));
  }

  private static byte[] joined(List<byte[]> pieces) {
    var all = new ByteArrayOutputStream();
    pieces.forEach(all::writeBytes);
    return all.toByteArray();
  }
}
