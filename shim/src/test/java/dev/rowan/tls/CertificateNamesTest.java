package dev.rowan.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateNamesTest {
  private static final CertificateNames NAMES =
      new CertificateNames(
          List.of("a.example", "*.b.example", "C.Example."),
          List.of("10.0.0.1", "0:0:0:0:0:0:0:1"));

  @ParameterizedTest
  @CsvSource({
    "a.example, true",
    "A.EXAMPLE., true",
    "c.example, true",
    "x.a.example, false",
    "x.b.example, true",
    "b.example, false",
    "x.y.b.example, false",
    "10.0.0.1, true",
    "10.0.0.2, false",
    "::1, true",
    "'', false"
  })
  void aHostIsMatchedInFull(String host, boolean matches) {
    assertThat(NAMES.match(host)).isEqualTo(matches);
  }
}
