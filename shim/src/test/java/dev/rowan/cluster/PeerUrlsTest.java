package dev.rowan.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CL-3. */
class PeerUrlsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:2380",
        " https://host.example:2380 ",
        "HTTP://host:2380",
        "http://[::1]:2380",
        "http://user@host:1",
        "http://:2380",
        "unix://socket:1",
        "unixs:///run/socket"
      })
  void urlsThatEtcdTakes(String url) {
    assertThat(PeerUrls.valid(List.of(url))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "127.0.0.1:2380",
        "host:2380",
        "http://host",
        "http://host:2380/",
        "http://host:2380/path",
        "http://::1:2380",
        "http://host:port",
        "http:host:2380",
        "ftp://host:2380"
      })
  void urlsThatEtcdRefuses(String url) {
    assertThat(PeerUrls.valid(List.of("http://host:1", url))).isFalse();
  }

  @Test
  void atLeastOneIsNeeded() {
    assertThat(PeerUrls.valid(List.of())).isFalse();
  }

  @Test
  void urlsAreKeptTrimmedAndSorted() {
    assertThat(PeerUrls.normalized(List.of(" HTTP://b:1", "http://a:2 ", "http://[::1]:3")))
        .containsExactly("http://[::1]:3", "http://a:2", "http://b:1");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:2380,127.0.0.1:2380",
    "https://host.example:2380,host.example:2380",
    "http://[::1]:2380,[::1]:2380",
    "http://user@host:1,host:1",
    "http://host:1?x,host:1",
  })
  void anAddressIsHostAndPort(String url, String address) {
    assertThat(PeerUrls.address(url)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "http://host", "http://:1", "http://host:", "unix://a:1"})
  void whatHasNoHostOrPortHasNoAddress(String url) {
    assertThat(PeerUrls.address(url)).isNull();
  }
}
