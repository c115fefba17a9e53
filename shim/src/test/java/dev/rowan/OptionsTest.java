package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.compaction.Retention;
import dev.rowan.dialects.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  @TempDir Path directory;

  @Test
  void defaultsAreEtcds() throws UsageException {
    ServerConfig config = serve("").config();

    assertThat(config.name()).isEqualTo("default");
    assertThat(config.endpoint())
        .isEqualTo(new Endpoint.Sqlite(Path.of("default.rowan", "rowan.db")));
    assertThat(config.addresses().listen()).containsExactly(URI.create("http://127.0.0.1:2379"));
    assertThat(config.addresses().metrics()).isEmpty();
    assertThat(config.limits())
        .isEqualTo(new ServerConfig.Limits(128, 1_572_864, Integer.MAX_VALUE, 0));
    assertThat(config.limits().messageBytesMax()).isEqualTo(2_097_152);
    assertThat(config.timing().requestTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(config.timing().leaseTtlMin()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.fsync()).isTrue();
    assertThat(config.slow())
        .isEqualTo(new ServerConfig.Slow(Duration.ofMillis(300), Duration.ofMillis(100)));
  }

  @Test
  void whatIsSlowIsSaidByDurations() throws UsageException {
    String line = "--warning-unary-request-duration=2s --warning-apply-duration=0";

    assertThat(serve(line).config().slow())
        .isEqualTo(new ServerConfig.Slow(Duration.ofSeconds(2), Duration.ZERO));
    assertThatThrownBy(() -> serve("--warning-apply-duration=-1s"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is not a duration");
  }

  /** CFG-3. */
  @ParameterizedTest
  @CsvSource({
    "'', 0, -1",
    "--auto-compaction-retention=0, 0, -1",
    "--auto-compaction-retention=0s, 0, -1",
    "--auto-compaction-mode=revision, 0, -1",
    "--auto-compaction-retention=2, 7200000, -1",
    "--auto-compaction-retention=1h30m, 5400000, -1",
    "--auto-compaction-mode=periodic --auto-compaction-retention=100ms, 100, -1",
    "--auto-compaction-mode=revision --auto-compaction-retention=1000, 0, 1000"
  })
  void historyIsKeptForATimeOrByNumber(String line, long millis, long revisions)
      throws UsageException {
    Retention expected =
        millis > 0
            ? new Retention.Period(Duration.ofMillis(millis))
            : revisions > 0 ? new Retention.Revisions(revisions) : new Retention.Everything();

    assertThat(serve(line).config().pruning().retention()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "-1h",
        "99ms",
        "1d",
        "",
        "99999999999999999999",
        "1h --auto-compaction-mode=revision"
      })
  void aRetentionThatIsNoneIsRefused(String value) {
    assertThatThrownBy(() -> serve("--auto-compaction-retention=" + value))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is not a number of hours or a duration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--name=a", "-name=a", "--name a", "-name a", "--name=b --name=a"})
  void aValueFollowsAnEqualsSignOrASpace(String line) throws UsageException {
    assertThat(serve(line).config().name()).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource({
    "--unsafe-no-fsync, false",
    "-unsafe-no-fsync --name=a, false",
    "--unsafe-no-fsync=true, false",
    "--unsafe-no-fsync=1, false",
    "--unsafe-no-fsync=false, true",
    "--unsafe-no-fsync=F, true"
  })
  void aBooleanIsBareOrHasAValue(String line, boolean fsync) throws UsageException {
    assertThat(serve(line).config().fsync()).isEqualTo(fsync);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--foo | unknown flag --foo",
        "-foo=1 | unknown flag --foo",
        "--data-dirs=x | unknown flag --data-dirs; did you mean --data-dir?",
        "--experimental-compaction-batch-limit=5 | unknown flag"
            + " --experimental-compaction-batch-limit; did you mean --compaction-batch-limit?",
        "start | \"start\" is not a flag",
        "--name | --name needs a value: text",
        "--auto-compaction-mode=hourly | --auto-compaction-mode: \"hourly\" is not periodic or"
            + " revision",
        "--auto-compaction-retention=x | --auto-compaction-retention: \"x\" is not a number of hours"
            + " or a duration of at least 100ms, or a number of revisions if"
            + " --auto-compaction-mode is revision",
        "--max-txn-ops=x | --max-txn-ops: \"x\" is not a number above 0",
        "--max-txn-ops=0 | --max-txn-ops: \"0\" is not a number above 0",
        "--max-request-bytes=2147483647 | --max-request-bytes: \"2147483647\" is not a number of"
            + " bytes",
        "--quota-backend-bytes=2G | --quota-backend-bytes: \"2G\" is not a number of bytes, 0 for"
            + " 2 GiB or a negative number for none",
        "--unsafe-no-fsync=maybe | --unsafe-no-fsync: \"maybe\" is not true or false",
        "--grpc-keepalive-timeout=5 | --grpc-keepalive-timeout: \"5\" is not a duration like 100ms,"
            + " 5s or 1h30m",
        "--grpc-keepalive-timeout=-5s | --grpc-keepalive-timeout: \"-5s\" is not a duration like"
            + " 100ms, 5s or 1h30m",
        "--watch-progress-notify-interval=9ms | --watch-progress-notify-interval must be at least"
            + " 100ms",
        "--election-timeout=400 | --election-timeout must be at least 5 times --heartbeat-interval",
        "--election-timeout=50001 | --election-timeout must be at most 50000 ms",
        "--log-level=loud | --log-level: \"loud\" is not debug, info, warn, error, panic or fatal",
        "--log-format=xml | --log-format: \"xml\" is not json or console",
        "--log-outputs=systemd/journal | --log-outputs systemd/journal is not served by this"
            + " version of Rowan",
        "--listen-metrics-urls=https://127.0.0.1:1 | TLS key/cert (--cert-file, --key-file) must be"
            + " provided for https://127.0.0.1:1, or --auto-tls",
        "--listen-client-urls=http://127.0.0.1 | --listen-client-urls: \"http://127.0.0.1\" is not"
            + " URLs like http://127.0.0.1:2379, separated by commas",
        "--listen-client-urls=localhost:2379 | --listen-client-urls: \"localhost:2379\" is not URLs"
            + " like http://127.0.0.1:2379, separated by commas",
        "--endpoint=oracle://h/d | --endpoint: the endpoint's scheme oracle:// is not served; served"
            + " are sqlite://, postgres://, postgresql://, mysql:// and mariadb://, and those of JDBC",
        "--endpoint=oracle | --endpoint: the endpoint's scheme is missing; served are sqlite://,"
            + " postgres://, postgresql://, mysql:// and mariadb://, and those of JDBC",
        "--endpoint=postgres://h/d --data-dir=x | --endpoint contradicts --data-dir: both say where"
            + " the data is"
      })
  void anErrorNamesTheFlagAndWhatIsExpected(String line, String message) {
    assertThatThrownBy(() -> serve(line)).isInstanceOf(UsageException.class).hasMessage(message);
  }

  /** M-10: what each means is the quota's to say. */
  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "--quota-backend-bytes=0, 0",
    "--quota-backend-bytes=-1, -1",
    "--quota-backend-bytes 8589934592, 8589934592"
  })
  void aQuotaIsAnyNumber(String line, long quotaBytes) throws UsageException {
    assertThat(serve(line).config().limits().quotaBytes()).isEqualTo(quotaBytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--host-whitelist=", "--wal-dir="})
  void anUnservedFlagMayAskForWhatIsSoAnyway(String line) throws UsageException {
    assertThat(serve(line).notes()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Flag.class,
      names = {"LOGGER", "MAX_WALS", "RAFT_READ_TIMEOUT"})
  void aFlagWithoutMeaningIsNoted(Flag flag) throws UsageException {
    assertThat(serve(flag.dashed() + "=1").notes())
        .containsExactly(new Flags.Note("this flag has no meaning here", "flag", flag.dashed()));
  }

  @Test
  void theCommandLineWinsOverTheEnvironment() throws UsageException {
    Map<String, String> env = Map.of("ETCD_NAME", "env", "ETCD_DATA_DIR", "/d");

    ServerConfig config = serve("--name=line", env).config();

    assertThat(config.name()).isEqualTo("line");
    assertThat(config.endpoint()).isEqualTo(new Endpoint.Sqlite(Path.of("/d/rowan.db")));
  }

  @Test
  void anErrorNamesTheVariable() {
    assertThatThrownBy(() -> serve("", Map.of("ETCD_WAL_DIR", "x")))
        .hasMessage("--wal-dir (from ETCD_WAL_DIR) is not served by this version of Rowan");
  }

  @Test
  void anUnknownVariableIsNotedAndAnEmptyOneIgnored() throws UsageException {
    Map<String, String> env = Map.of("ETCD_PORT", "tcp://1", "ETCD_CERT_FILE", "", "PATH", "x");

    assertThat(serve("", env).notes())
        .containsExactly(
            new Flags.Note("unrecognized environment variable", "variable", "ETCD_PORT"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ETCD_ENDPOINT", "ROWAN_ENDPOINT"})
  void theEndpointComesFromEitherVariable(String variable) throws UsageException {
    String url = "postgres://u:secret@h:5432/d?sslmode=disable";

    Endpoint endpoint = serve("", Map.of(variable, url)).config().endpoint();

    assertThat(endpoint).hasToString("postgres://h:5432/d");
  }

  @ParameterizedTest
  @CsvSource({
    "sqlite:///a/b.db, /a/b.db",
    "sqlite://b.db, b.db",
    "sqlite://, default.rowan/rowan.db",
    "sqlite:///a/b.db?cache=shared, /a/b.db"
  })
  void aSqliteEndpointNamesAFile(String url, Path file) throws UsageException {
    assertThat(serve("--endpoint=" + url).config().endpoint()).isEqualTo(new Endpoint.Sqlite(file));
  }

  @Test
  void theConfigurationFileAloneCounts() throws Exception {
    String file =
        file(
            "name: file",
            "max-txn-ops: 7",
            "grpc-keepalive-min-time: 3s",
            "grpc-keepalive-timeout: 1000000000",
            "unsafe-no-fsync: true",
            "log-outputs: [stdout, stderr]");

    Request.Serve serve =
        serve("--name=line --config-file=" + file, Map.of("ETCD_MAX_TXN_OPS", "9"));

    assertThat(serve.config().name()).isEqualTo("file");
    assertThat(serve.config().limits().txnOpsMax()).isEqualTo(7);
    assertThat(serve.config().keepalive().minTime()).isEqualTo(Duration.ofSeconds(3));
    assertThat(serve.config().keepalive().timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(serve.config().fsync()).isFalse();
    assertThat(serve.config().log().outputs()).containsExactly("stdout", "stderr");
    assertThat(serve.notes())
        .extracting(Flags.Note::message)
        .containsExactly(
            "the configuration file alone counts: other flags and variables are ignored");
  }

  @Test
  void anErrorNamesTheConfigurationFile() throws IOException {
    String unknown = file("nonsense: 1");
    assertThatThrownBy(() -> serve("--config-file=" + unknown))
        .hasMessage("unknown flag nonsense (from " + unknown + ")");
    String nested = file("client-transport-security:", "  allowed-cn: x");
    assertThatThrownBy(() -> serve("--config-file=" + nested))
        .hasMessage("unknown flag allowed-cn (from " + nested + ")");
    String list = file("- a");
    assertThatThrownBy(() -> serve("--config-file=" + list))
        .hasMessage("--config-file: " + list + " is not a mapping of flags");
    assertThatThrownBy(() -> serve("--config-file=/no/such"))
        .hasMessage("--config-file: there is no file /no/such");
    String broken = file("name: [");
    assertThatThrownBy(() -> serve("--config-file=" + broken))
        .hasMessageStartingWith("--config-file: " + broken + " is not YAML: ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aWildcardWithoutAnAdvertisedUrlIsNoted() throws UsageException {
    assertThat(serve("--listen-client-urls=http://0.0.0.0:2379").notes()).hasSize(1);
    assertThat(
            serve("--listen-client-urls=http://[::]:2379 --advertise-client-urls=http://h:2379")
                .notes())
        .isEmpty();
  }

  @Test
  void linesAreJsonExceptOnATerminal() throws UsageException {
    assertThat(((Request.Serve) parse("", Map.of(), false)).config().log().json()).isTrue();
    assertThat(((Request.Serve) parse("", Map.of(), true)).config().log().json()).isFalse();
    assertThat(serve("--log-format=console").config().log().json()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "-help"})
  void helpMentionsEveryServedFlag(String line) throws UsageException {
    String help = ((Request.Print) parse(line, Map.of(), false)).text();

    for (Flag flag : Flag.values()) {
      if (flag.isServed()) {
        assertThat(help).contains("  " + flag.dashed());
      } else {
        assertThat(help).doesNotContain("  " + flag.dashed() + "\n");
      }
    }
  }

  @Test
  void versionBeginsWithRowansAndEtcds() throws UsageException {
    String text = ((Request.Print) parse("--version", Map.of(), false)).text();

    assertThat(text.lines().toList().get(0)).matches("rowan Version: \\d+\\.\\d+\\.\\d+.*");
    assertThat(text.lines().toList().get(1)).isEqualTo("etcd API version: " + Version.ETCD);
  }

  private String file(String... lines) throws IOException {
    Path file = Files.createTempFile(directory, "config", ".yml");
    return Files.write(file, List.of(lines)).toString();
  }

  private static Request.Serve serve(String line) throws UsageException {
    return serve(line, Map.of());
  }

  private static Request.Serve serve(String line, Map<String, String> env) throws UsageException {
    return (Request.Serve) parse(line, env, false);
  }

  private static Request parse(String line, Map<String, String> env, boolean terminal)
      throws UsageException {
    List<String> args = Arrays.stream(line.split(" ")).filter(arg -> !arg.isEmpty()).toList();
    return CommandLine.parse(args, env, terminal);
  }
}
