package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The flags about users and tokens. */
class AuthOptionsTest {
  @TempDir Path directory;

  private static Request.Serve serve(String... args) throws UsageException {
    return (Request.Serve) CommandLine.parse(List.of(args), Map.of(), false);
  }

  @Test
  void tokensAreSimpleUnlessAskedFor() throws UsageException {
    ServerConfig.Auth auth = serve().config().auth();

    assertThat(auth.jwt()).isNull();
    assertThat(auth.simpleTokenTtl()).isEqualTo(Duration.ofMinutes(5));
    assertThat(auth.bcryptCost()).isEqualTo(10);
    assertThat(auth.certificatesNameUsers()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0, 300", "1, 1", "86400, 86400"})
  void aTokensTimeIsInSeconds(String given, long seconds) throws UsageException {
    ServerConfig.Auth auth = serve("--auth-token-ttl=" + given).config().auth();

    assertThat(auth.simpleTokenTtl()).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--auth-token-ttl=-1", "--auth-token-ttl=5s", "--auth-token-ttl=1000000001"})
  void anotherTimeIsRefused(String flag) {
    assertThatThrownBy(() -> serve(flag))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--auth-token-ttl")
        .hasMessageContaining("a number of seconds");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bcrypt-cost=3", "--bcrypt-cost=32", "--bcrypt-cost=x"})
  void aCostThatBcryptHasNotIsRefused(String flag) {
    assertThatThrownBy(() -> serve(flag))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--bcrypt-cost")
        .hasMessageContaining("a number from 4 to 31");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--auth-token=other",
        "--auth-token=simple,ttl=5m",
        "--auth-token=jwt,ttl",
        "--auth-token=jwt,ttl=1=2",
        "--auth-token=jwt,ttl=1m,ttl=2m"
      })
  void anotherKindOfTokenIsRefused(String flag) {
    assertThatThrownBy(() -> serve(flag))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--auth-token")
        .hasMessageContaining("jwt,sign-method=");
  }

  @Test
  void theKeyOfJsonWebTokensIsReadAndTried() throws IOException, UsageException {
    Path secret = Files.write(directory.resolve("secret"), new byte[32]);
    String flag = "--auth-token=jwt,sign-method=HS256,priv-key=" + secret + ",ttl=1h,odd=1";

    Request.Serve serve = serve(flag);

    assertThat(serve.config().auth().jwt()).isNotNull();
    assertThat(serve.notes()).anyMatch(note -> note.message().contains("not known: odd"));
  }

  @Test
  void whatIsWrongWithJsonWebTokensIsSaid() throws IOException {
    Path secret = Files.write(directory.resolve("secret"), new byte[32]);

    assertThatThrownBy(() -> serve("--auth-token=jwt"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--auth-token: sign-method must be one of");
    assertThatThrownBy(
            () -> serve("--auth-token=jwt,sign-method=HS256,priv-key=" + secret + ",ttl=soon"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("ttl must be a duration like");
  }
}
