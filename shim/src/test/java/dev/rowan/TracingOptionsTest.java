package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.tracing.TracingConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingOptionsTest {
  private static @Nullable TracingConfig tracing(String line) throws UsageException {
    List<String> args = List.of(line.split(" ", -1));
    return ((Request.Serve) CommandLine.parse(args, Map.of(), false)).config().tracing();
  }

  @Test
  void nothingIsFollowedUnlessAskedFor() throws UsageException {
    assertThat(tracing("--distributed-tracing-sampling-rate=1000000")).isNull();
    assertThat(tracing("--enable-distributed-tracing=false")).isNull();
  }

  @Test
  void defaultsAreEtcds() throws UsageException {
    assertThat(tracing("--enable-distributed-tracing"))
        .isEqualTo(new TracingConfig("localhost:4317", "etcd", null, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector.traces.svc:4317", "10.0.0.1:1", "[::1]:65535"})
  void addressesAreHostsAndPorts(String address) throws UsageException {
    String line = "--enable-distributed-tracing --distributed-tracing-address=" + address;

    assertThat(tracing(line + " --distributed-tracing-instance-id=a"))
        .isEqualTo(new TracingConfig(address, "etcd", "a", 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--distributed-tracing-address=http://localhost:4317",
        "--distributed-tracing-address=localhost",
        "--distributed-tracing-address=localhost:0",
        "--distributed-tracing-address=localhost:65536",
        "--distributed-tracing-address=otel_collector:4317",
        "--distributed-tracing-address=::1:4317",
        "--distributed-tracing-sampling-rate=-1",
        "--distributed-tracing-sampling-rate=1000001",
        "--distributed-tracing-sampling-rate=half",
      })
  void whatCannotBeIsRefusedByName(String flag) {
    assertThatThrownBy(() -> tracing("--enable-distributed-tracing " + flag))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(flag.replaceFirst("=.*", ""));
  }
}
