package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.tls.TlsConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsOptionsTest {
  private static final String HTTPS = "--listen-client-urls=https://127.0.0.1:2379 ";
  private static final String PAIR = "--cert-file=c.pem --key-file=k.pem ";

  @TempDir Path directory;

  @Test
  void withoutTlsThereIsNoConfiguration() throws UsageException {
    assertThat(serve("").config().tls()).isNull();
    assertThat(serve("--auto-tls").config().tls()).isNull();
  }

  @Test
  void aCertificateAloneAsksNothingOfClients() throws UsageException {
    TlsConfig tls = tls(HTTPS + PAIR);

    assertThat(tls.certFile()).isEqualTo(Path.of("c.pem"));
    assertThat(tls.keyFile()).isEqualTo(Path.of("k.pem"));
    assertThat(tls.selfSigned()).isNull();
    assertThat(tls.clients()).isEqualTo(new TlsConfig.Clients(false, null, null, List.of()));
    assertThat(tls.protocols()).containsExactly("TLSv1.2", "TLSv1.3");
    assertThat(tls.cipherSuites()).isEmpty();
  }

  /** As etcd: a file of authorities alone asks for certificates too. */
  @ParameterizedTest
  @CsvSource({"--client-cert-auth", "--trusted-ca-file=ca.pem"})
  void clientsNeedACertificateByEitherFlag(String flag) throws UsageException {
    assertThat(tls(HTTPS + PAIR + flag).clients().required()).isTrue();
  }

  @Test
  void allFlagsArrive() throws UsageException {
    Request.Serve serve =
        serve(
            HTTPS
                + PAIR
                + "--client-cert-auth --trusted-ca-file=ca.pem --client-crl-file=crl.der"
                + " --client-cert-allowed-hostname=a.b,10.0.0.1 --tls-max-version=TLS1.2"
                + " --cipher-suites=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305");

    TlsConfig tls = Objects.requireNonNull(serve.config().tls());
    assertThat(tls.clients())
        .isEqualTo(
            new TlsConfig.Clients(
                true, Path.of("ca.pem"), Path.of("crl.der"), List.of("a.b", "10.0.0.1")));
    assertThat(tls.protocols()).containsExactly("TLSv1.2");
    assertThat(tls.cipherSuites())
        .startsWith("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")
        .contains("TLS_AES_128_GCM_SHA256");
    assertThat(serve.notes()).isEmpty();
  }

  @Test
  void aSelfSignedCertificateIsKeptBesideTheDataAndIsForTheListenedHosts() throws UsageException {
    String line =
        "--auto-tls --self-signed-cert-validity=3 --data-dir=/d"
            + " --listen-client-urls=https://10.0.0.1:1,https://[::1]:2,https://10.0.0.1:3";

    TlsConfig tls = tls(line);

    assertThat(tls.certFile()).isEqualTo(Path.of("/d/fixtures/client/cert.pem"));
    assertThat(tls.keyFile()).isEqualTo(Path.of("/d/fixtures/client/key.pem"));
    assertThat(tls.selfSigned()).isEqualTo(new TlsConfig.SelfSigned(3, List.of("10.0.0.1", "::1")));
  }

  @Test
  void aWildcardIsForThisMachine() throws UsageException {
    assertThat(tls("--auto-tls --listen-client-urls=https://0.0.0.0:1").selfSigned())
        .isEqualTo(new TlsConfig.SelfSigned(1, List.of("0.0.0.0", "localhost", "127.0.0.1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--cert-file=c | --cert-file needs --key-file too",
        "--key-file=k | --key-file needs --cert-file too",
        "--listen-client-urls=https://h:1 | TLS key/cert (--cert-file, --key-file) must be provided"
            + " for https://h:1, or --auto-tls",
        "--listen-client-urls=unixs:///s | TLS key/cert (--cert-file, --key-file) must be provided"
            + " for unixs:///s, or --auto-tls",
        "--listen-client-http-urls=https://h:1 | TLS key/cert (--cert-file, --key-file) must be"
            + " provided for https://h:1, or --auto-tls",
        "--tls-min-version=TLS1.3 --tls-max-version=TLS1.2 | --tls-min-version must not be above"
            + " --tls-max-version",
        "--tls-min-version=TLS1.1 | --tls-min-version: \"TLS1.1\" is not TLS1.2 or TLS1.3",
        "--cipher-suites=TLS_NONE | --cipher-suites: \"TLS_NONE\" is not one of cipher suites as Go"
            + " names them, separated by commas",
        "--cipher-suites=TLS_RSA_WITH_RC4_128_SHA | --cipher-suites: Java has none of these suites",
        "--tls-min-version=TLS1.3 --cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 |"
            + " --cipher-suites contradicts --tls-min-version=TLS1.3: its suites cannot be chosen",
        "--self-signed-cert-validity=0 | --self-signed-cert-validity: \"0\" is not a number above 0",
        "--listen-client-urls=unix:s | --listen-client-urls: \"unix:s\" is not URLs like"
            + " http://127.0.0.1:2379, separated by commas",
        "--listen-client-http-urls=http://127.0.0.1:2379 | --listen-client-http-urls contradicts"
            + " --listen-client-urls: both name http://127.0.0.1:2379"
      })
  void anErrorNamesTheFlagAndWhatIsExpected(String line, String message) {
    assertThatThrownBy(() -> serve(line)).isInstanceOf(UsageException.class).hasMessage(message);
  }

  @Test
  void whatHasNoEffectIsNoted() throws UsageException {
    assertThat(serve(PAIR + "--client-cert-auth").notes())
        .extracting(Flags.Note::value)
        .containsExactly("--cert-file", "--client-cert-auth");
    assertThat(serve(HTTPS + PAIR + "--client-crl-file=x").notes())
        .extracting(Flags.Note::value)
        .containsExactly("--client-crl-file");
    assertThat(serve(HTTPS + PAIR + "--auto-tls").notes())
        .extracting(Flags.Note::value)
        .containsExactly("--auto-tls");
    assertThat(
            serve(
                    HTTPS
                        + PAIR
                        + "--cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA,"
                        + "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
                .notes())
        .extracting(Flags.Note::message)
        .containsExactly("Java does not have the suite TLS_RSA_WITH_AES_128_CBC_SHA");
  }

  /** The forms that etcd's clients dial: absolute, and relative to the working directory. */
  @Test
  void unixUrlsMayBeMixedWithOthers() throws UsageException {
    String urls = "unix:///a/b.sock,unix://rel.sock,unixs://localhost:2379,http://127.0.0.1:1";

    assertThat(serve("--auto-tls --listen-client-urls=" + urls).config().addresses().listen())
        .containsExactlyElementsOf(Arrays.stream(urls.split(",")).map(URI::create).toList());
  }

  @Test
  void theConfigurationFileNestsTlsAsEtcds() throws Exception {
    Path file = directory.resolve("config.yml");
    Files.writeString(
        file,
        """
        listen-client-urls: https://127.0.0.1:2379
        client-transport-security:
          cert-file: c.pem
          key-file: k.pem
          client-cert-auth: true
          trusted-ca-file: ca.pem
          allowed-hostname: [a, b]
        """);

    Request.Serve serve = serve("--config-file=" + file);

    TlsConfig tls = Objects.requireNonNull(serve.config().tls());
    assertThat(tls.certFile()).isEqualTo(Path.of("c.pem"));
    assertThat(tls.clients())
        .isEqualTo(new TlsConfig.Clients(true, Path.of("ca.pem"), null, List.of("a", "b")));
  }

  private static TlsConfig tls(String line) throws UsageException {
    return Objects.requireNonNull(serve(line).config().tls());
  }

  private static Request.Serve serve(String line) throws UsageException {
    List<String> args = Arrays.stream(line.split(" ")).filter(arg -> !arg.isEmpty()).toList();
    return (Request.Serve) CommandLine.parse(args, Map.of(), false);
  }
}
