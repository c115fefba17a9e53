package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "2.41-12+deb13u10, 2.41-12+deb13u9",
    "2.41-12+deb13u1, 2.41-12",
    "2.42-1, 2.41-12+deb13u4",
    "2.41-12, 2.41-12~deb13u1",
    "2.41-12+deb13u1, 2.41-12~rc1",
    "2.41-12, ''",
  })
  void aLaterVersionIsNewer(String newer, String older) {
    assertThat(DebianPackage.compareVersions(newer, older)).isPositive();
    assertThat(DebianPackage.compareVersions(older, newer)).isNegative();
    assertThat(DebianPackage.compareVersions(newer, newer)).isZero();
  }

  @Test
  void whatIsNotThereHasNoFields() throws IOException {
    assertThat(fields("libc")).isEmpty();
  }
}
