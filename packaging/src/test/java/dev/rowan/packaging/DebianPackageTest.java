package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DebianPackageTest {
  private static final String LIST =
      """
      Package: libc6-dev
      Version: 1
      Filename: pool/dev.deb

      Package: libc6
      Source: glibc
      Version: 2.41-12
      Description: GNU C Library
       Package: not a field
      Filename: pool/libc6.deb
      SHA256: 00ff
      """;

  private static Map<String, String> fields(String name) throws IOException {
    return DebianPackage.fields(
        name, new ByteArrayInputStream(LIST.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aPackageIsFoundByItsWholeName() throws IOException {
    assertThat(fields("libc6"))
        .containsEntry("Version", "2.41-12")
        .containsEntry("Filename", "pool/libc6.deb")
        .containsEntry("SHA256", "00ff");
    assertThat(fields("libc6-dev")).containsEntry("Version", "1");
  }

  @Test
  void whatIsNotThereHasNoFields() throws IOException {
    assertThat(fields("libc")).isEmpty();
  }
}
