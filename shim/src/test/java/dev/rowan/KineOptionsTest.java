package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KineOptionsTest {
  private static Request parse(String line, Map<String, String> env) throws UsageException {
    return CommandLine.parse(List.of(("kine " + line).strip().split(" ", -1)), env, false);
  }

  private static ServerConfig config(String line) throws UsageException {
    return config(line, Map.of());
  }

  private static ServerConfig config(String line, Map<String, String> env) throws UsageException {
    return ((Request.Serve) parse(line, env)).config();
  }

  /** What a line of the server's own flags asks for. */
  private static ServerConfig served(String line) throws UsageException {
    return ((Request.Serve) CommandLine.parse(List.of(line.split(" ", -1)), Map.of(), false))
        .config();
  }

  private static String said(String endpoint, String flags) throws UsageException {
    Endpoint parsed = config("--endpoint=" + endpoint + " " + flags).endpoint();
    return switch (parsed) {
      case Endpoint.Postgres postgres -> postgres.properties().toString();
      case Endpoint.Mysql mysql -> mysql.properties().toString();
      case Endpoint.Sqlite sqlite -> sqlite.toString();
    };
  }

  @Test
  void withoutFlagsItServesWhereAndFromWhatKineDoes() throws UsageException {
    assertThat(config(""))
        .isEqualTo(
            served(
                "--endpoint=sqlite://./db/state.db --listen-client-urls=http://0.0.0.0:2379"
                    + " --listen-metrics-urls=http://0.0.0.0:8080 --log-format=console"
                    + " --watch-progress-notify-interval=5s"));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:2379, http://127.0.0.1:2379",
    "tcp://127.0.0.1:1, http://127.0.0.1:1",
    "http://127.0.0.1:1, http://127.0.0.1:1",
    ":1, http://0.0.0.0:1",
    "[::1]:1, http://[::1]:1",
    "unix:///uds/kine.sock, unix:///uds/kine.sock",
    "unix://kine.sock, unix://kine.sock",
  })
  void addressesAreGos(String address, String url) throws UsageException {
    assertThat(config("--listen-address=" + address).addresses().listen())
        .containsExactly(URI.create(url));
    assertThat(config("-listen-address " + address).addresses().listen())
        .containsExactly(URI.create(url));
  }

  @Test
  void metricsAreServedWhereTheyAreAskedFor() throws UsageException {
    assertThat(config("--metrics-bind-address=0").addresses().metrics()).isEmpty();
    assertThat(config("--metrics-bind-address=127.0.0.1:1").addresses().metrics())
        .containsExactly(URI.create("http://127.0.0.1:1"));
  }

  @Test
  void theServersCertificateMakesUrlsOfTls() throws UsageException {
    String files = "--server-cert-file=/c --server-key-file=/k";

    assertThat(config(files).addresses().listen())
        .containsExactly(URI.create("https://0.0.0.0:2379"));
    assertThat(config(files).addresses().metrics())
        .containsExactly(URI.create("https://0.0.0.0:8080"));
    assertThat(config(files + " --metrics-ignore-tls-config").addresses().metrics())
        .containsExactly(URI.create("http://0.0.0.0:8080"));
    assertThat(config(files + " --listen-address=unix:///s").addresses().listen())
        .containsExactly(URI.create("unixs:///s"));
    assertThat(config("--server-cert-file= --server-key-file= --trusted-ca-file=").addresses())
        .isEqualTo(config("").addresses());
    assertThatThrownBy(() -> config("--server-cert-file=/c"))
        .hasMessageContaining("--server-key-file");
  }

  @Test
  void filesForTheDatabaseStandInItsEndpoint() throws UsageException {
    assertThat(said("postgres://u:p@h/d", "--ca-file=/dev/null"))
        .contains("sslrootcert=/dev/null", "sslmode=verify-full");
    assertThat(said("postgres://u:p@h/d?sslmode=verify-ca", "--ca-file /dev/null"))
        .contains("sslrootcert=/dev/null", "sslmode=verify-ca");
    assertThat(said("postgres://u:p@h/d", "--ca-file=/dev/null --skip-verify"))
        .contains("sslmode=require")
        .doesNotContain("sslrootcert");
    assertThat(said("mysql://u:p@tcp(h:1)/d", "--skip-verify")).contains("sslMode=trust");
    assertThat(said("sqlite:///s.db", "--ca-file=/dev/null")).isEqualTo("/s.db");
  }

  @Test
  void historyIsKeptUnlessCompactionIsAskedFor() throws UsageException {
    assertThat(config("").pruning()).isEqualTo(served("--name=default").pruning());
    assertThat(config("--compact-interval=5m --compact-min-retain=7").pruning())
        .isEqualTo(
            served("--auto-compaction-mode=revision --auto-compaction-retention=7").pruning());
  }

  @Test
  void variablesCountWhereNoFlagDoes() throws UsageException {
    Map<String, String> env =
        Map.of(
            "KINE_LISTEN_ADDRESS", ":7",
            "KINE_ENDPOINT", "sqlite:///v.db",
            "KINE_PORT_2379_TCP", "of a service that is named kine",
            "ETCD_MAX_TXN_OPS", "9",
            "HOSTNAME", "pod");

    ServerConfig config = config("--endpoint=sqlite:///f.db", env);

    assertThat(config.addresses().listen()).containsExactly(URI.create("http://0.0.0.0:7"));
    assertThat(config.endpoint()).isEqualTo(new Endpoint.Sqlite(Path.of("/f.db")));
    assertThat(config.limits().txnOpsMax()).isEqualTo(9);
    assertThat(config.name()).isEqualTo("pod");
    assertThat(config("", Map.of("ETCD_DATA_DIR", "/d")).endpoint())
        .isEqualTo(new Endpoint.Sqlite(Path.of("/d/rowan.db")));
  }

  @Test
  void whatTunesSomethingElseIsNoted() throws UsageException {
    Request.Serve serve =
        (Request.Serve) parse("--datastore-max-open-connections=5 --poll-batch-size 5", Map.of());

    assertThat(serve.notes())
        .extracting(Flags.Note::value)
        .contains("--datastore-max-open-connections", "--poll-batch-size");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--identity-provider=aws",
        "--s3-bucket=b",
        "--peer-bind-address=:1",
        "--metrics-enable-profiling",
        "--nonsense",
        "--endpoint=nats://h",
        "--endpoint",
        "--listen-address=here",
        "--log-format=xml",
        "--compact-interval=often",
        "--debug=perhaps",
        "argument"
      })
  void whatCannotBeFollowedIsRefused(String line) {
    String flag = line.replaceFirst("=.*", "");

    assertThatThrownBy(() -> parse(line, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(flag);
  }

  @Test
  void helpAndVersionAreOfTheCommand() throws Exception {
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int status = Main.run(List.of("kine", "--x=1"), Map.of(), System.out, new PrintStream(err));

    assertThat(((Request.Print) parse("--help", Map.of())).text()).contains("--listen-address");
    assertThat(((Request.Print) parse("-v", Map.of())).text()).isEqualTo(Version.text());
    assertThat(Help.text()).contains("rowan kine");
    assertThat(status).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--x", "rowan kine --help");
    assertThat(parse("--metrics-enable-profiling=false", Map.of()))
        .isInstanceOf(Request.Serve.class);
  }
}
