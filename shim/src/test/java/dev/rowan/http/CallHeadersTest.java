package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Metadata;
import io.grpc.StatusException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** C-7 and H-6: what the services are told of HTTP's headers. */
class CallHeadersTest {
  private final HttpHeaders http = new DefaultHttpHeaders();

  @Test
  void theTokenIsToldWithAndWithoutBearer() throws StatusException {
    http.set("Authorization", "Bearer abc.7");

    assertThat(metadata("authorization")).isEqualTo("Bearer abc.7");
    assertThat(metadata("token")).isEqualTo("abc.7");

    http.set("Authorization", "abc.7");

    assertThat(metadata("token")).isEqualTo("abc.7");
  }

  @Test
  void metadataIsToldWithoutItsPrefix() throws StatusException {
    http.set("Grpc-Metadata-HasLeader", "true");
    http.set("grpc-metadata-token", "mine");
    http.set("authorization", "other");
    http.set("X-Else", "x");
    http.set("grpc-metadata-some-bin", "AQI=");

    assertThat(metadata("hasleader")).isEqualTo("true");
    assertThat(metadata("token")).isEqualTo("mine");
    assertThat(metadata("x-else")).isNull();
    assertThat(
            CallHeaders.of(http)
                .metadata()
                .get(Metadata.Key.of("some-bin", Metadata.BINARY_BYTE_MARSHALLER)))
        .containsExactly(1, 2);
  }

  @Test
  void whatCannotBeMetadataIsLeftOut() throws StatusException {
    http.set("Grpc-Metadata-Token", "\u00e9");
    http.set("Grpc-Metadata-", "x");

    assertThat(CallHeaders.of(http).metadata().keys()).isEmpty();
  }

  @Test
  void aTimeoutHasDigitsAndAUnit() throws StatusException {
    http.set("Grpc-Timeout", "250m");
    assertThat(CallHeaders.of(http).timeout()).isEqualTo(Duration.ofMillis(250));
    http.set("Grpc-Timeout", "99999999H");
    assertThat(CallHeaders.of(http).timeout()).isEqualTo(Duration.ofDays(365));

    for (String text : List.of("xx", "1", "m", "1x", "123456789m", "-1m")) {
      http.set("Grpc-Timeout", text);
      assertThatThrownBy(() -> CallHeaders.of(http))
          .hasMessage("INVALID_ARGUMENT: invalid grpc-timeout: " + text);
    }
  }

  @Test
  void aBinaryHeaderIsBase64() {
    http.set("Grpc-Metadata-x-bin", "***");

    assertThatThrownBy(() -> CallHeaders.of(http)).isInstanceOf(StatusException.class);
  }

  private String metadata(String name) throws StatusException {
    return CallHeaders.of(http)
        .metadata()
        .get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }
}
