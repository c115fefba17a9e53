package dev.rowan.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DownloadsTest {
  @ParameterizedTest
  @CsvSource({
    "HTTPS_PROXY, http://127.0.0.1:3128, 3128",
    "https_proxy, 127.0.0.1:3128/, 3128",
    "https_proxy, http://127.0.0.1, 80",
  })
  void theProxyOfTheEnvironmentIsUsed(String variable, String value, int port) {
    ProxySelector selector = Downloads.proxy(Map.of(variable, value));

    assertThat(selector.select(URI.create("https://example.org/")))
        .extracting(Proxy::address)
        .containsExactly(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  @Test
  void withoutOneJavasOwnAre() {
    assertThat(Downloads.proxy(Map.of())).isSameAs(ProxySelector.getDefault());
  }
}
