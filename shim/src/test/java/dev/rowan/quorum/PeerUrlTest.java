package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerUrlTest {
  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.1:2380, 10.0.0.1:2380, http://10.0.0.1:2380",
    "' HTTPS://Host.example:1 ', Host.example:1, https://Host.example:1",
    "http://db_1.ns.svc:65535, db_1.ns.svc:65535, http://db_1.ns.svc:65535",
    "http://[fd00::1]:2380, [fd00::1]:2380, http://[fd00::1]:2380",
    "http://0.0.0.0:0, 0.0.0.0:0, http://0.0.0.0:0"
  })
  void aUrlIsSchemeHostAndPort(String text, String address, String url) {
    PeerUrl parsed = PeerUrl.parse(text);

    assertThat(parsed.address()).isEqualTo(address);
    assertThat(parsed).hasToString(url);
    assertThat(PeerUrl.parse(url)).isEqualTo(parsed);
  }

  @Test
  void httpsIsSecure() {
    assertThat(PeerUrl.parse("https://h:1").secure()).isTrue();
    assertThat(PeerUrl.parse("http://h:1").secure()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "h:1",
        "http://h",
        "http://h:",
        "http://:1",
        "http://h:1/",
        "http://h:1/p",
        "http://h:1?q",
        "http://u@h:1",
        "http://h:65536",
        "http://h:02380",
        "http://fd00::1:2380",
        "unix:///run/peer.sock",
        "unixs://localhost:2380",
        "ftp://h:1"
      })
  void whatIsMoreOrLessIsRefused(String text) {
    assertThatThrownBy(() -> PeerUrl.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "\"" + text + "\" is not http:// or https:// with a host and a port, and nothing else");
  }
}
