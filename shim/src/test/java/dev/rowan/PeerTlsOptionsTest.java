package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.tls.PeerTlsConfig;
import dev.rowan.tls.TlsConfig;
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
import org.junit.jupiter.params.provider.ValueSource;

class PeerTlsOptionsTest {
  private static final String HTTPS =
      "--name=a --initial-cluster=a=https://10.0.0.1:2380,b=https://b:2380"
          + " --listen-peer-urls=https://10.0.0.1:2380 ";
  private static final String HTTP = "--name=a --initial-cluster=a=http://10.0.0.1:2380 ";
  private static final String PAIR = "--peer-cert-file=c.pem --peer-key-file=k.pem ";
  private static final String CA = "--peer-trusted-ca-file=ca.pem ";

  @TempDir Path directory;

  @Test
  void membersProveWhoTheyAreByCertificates() throws UsageException {
    Request.Serve serve = serve(HTTPS + PAIR + CA + "--peer-client-cert-auth");

    PeerTlsConfig tls = tls(serve);
    assertThat(tls.own().certFile()).isEqualTo(Path.of("c.pem"));
    assertThat(tls.own().keyFile()).isEqualTo(Path.of("k.pem"));
    assertThat(tls.callCertFile()).isEqualTo(Path.of("c.pem"));
    assertThat(tls.callKeyFile()).isEqualTo(Path.of("k.pem"));
    assertThat(tls.own().clients())
        .isEqualTo(new TlsConfig.Clients(true, Path.of("ca.pem"), null, List.of()));
    assertThat(tls.own().protocols()).containsExactly("TLSv1.2", "TLSv1.3");
    assertThat(tls.allowedCommonNames()).isEmpty();
    assertThat(serve.notes()).isEmpty();
  }

  @Test
  void allFlagsArrive() throws UsageException {
    PeerTlsConfig tls =
        tls(
            serve(
                HTTPS
                    + PAIR
                    + CA
                    + "--peer-client-cert-file=cc --peer-client-key-file=ck --peer-crl-file=crl"
                    + " --peer-cert-allowed-cn=x,y --tls-min-version=TLS1.3"));

    assertThat(tls.callCertFile()).isEqualTo(Path.of("cc"));
    assertThat(tls.callKeyFile()).isEqualTo(Path.of("ck"));
    assertThat(tls.own().clients().crlFile()).isEqualTo(Path.of("crl"));
    assertThat(tls.own().protocols()).containsExactly("TLSv1.3");
    assertThat(tls.allowedCommonNames()).containsExactly("x", "y");
    String hostnames = HTTPS + PAIR + CA + "--peer-cert-allowed-hostname=h,10.0.0.9";
    assertThat(tls(serve(hostnames)).own().clients().allowedHostnames())
        .containsExactly("h", "10.0.0.9");
  }

  /** As etcd: a file of authorities alone asks for certificates too. */
  @ParameterizedTest
  @CsvSource({"--peer-client-cert-auth, true", "--peer-trusted-ca-file=ca.pem, true", "'', false"})
  void membersNeedACertificateByEitherFlag(String flag, boolean required) throws UsageException {
    Request.Serve serve = serve(HTTPS + PAIR + flag);

    assertThat(tls(serve).own().clients().required()).isEqualTo(required);
    assertThat(serve.notes()).hasSize(required ? 0 : 1);
  }

  @Test
  void aSelfSignedCertificateIsKeptBesideTheDataAndIsForTheMembersHosts() throws UsageException {
    Request.Serve serve =
        serve(HTTPS + "--peer-auto-tls --data-dir=/d --self-signed-cert-validity=2");

    PeerTlsConfig tls = tls(serve);
    assertThat(tls.own().certFile()).isEqualTo(Path.of("/d/fixtures/peer/cert.pem"));
    assertThat(tls.callKeyFile()).isEqualTo(Path.of("/d/fixtures/peer/key.pem"));
    assertThat(tls.own().selfSigned()).isEqualTo(new TlsConfig.SelfSigned(2, List.of("10.0.0.1")));
    assertThat(tls.own().clients().required()).isFalse();
    assertThat(serve.notes())
        .extracting(Flags.Note::message)
        .containsExactly(
            "members' certificates prove nothing: whoever reaches --listen-peer-urls is taken for a"
                + " member");
  }

  @Test
  void whatHasNoEffectIsNoted() throws UsageException {
    assertThat(serve(HTTP + PAIR + "--peer-client-cert-auth --peer-auto-tls").notes())
        .extracting(Flags.Note::value)
        .containsExactly("--peer-cert-file", "--peer-client-cert-auth", "--peer-auto-tls");
    assertThat(serve(HTTPS + PAIR + CA + "--peer-auto-tls").notes())
        .extracting(Flags.Note::message)
        .containsExactly("a certificate is given, so none is made");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--peer-cert-file=c | --peer-cert-file needs --peer-key-file too",
        "--peer-key-file=k | --peer-key-file needs --peer-cert-file too",
        "--peer-client-key-file=k | --peer-client-key-file needs --peer-client-cert-file too",
        "'' | TLS key/cert (--peer-cert-file, --peer-key-file) must be provided for"
            + " https://10.0.0.1:2380, or --peer-auto-tls",
        "--peer-cert-allowed-cn=x --peer-cert-allowed-hostname=y | --peer-cert-allowed-cn contradicts"
            + " --peer-cert-allowed-hostname",
        "--peer-auto-tls --peer-trusted-ca-file=x | --peer-auto-tls contradicts"
            + " --peer-trusted-ca-file",
        "--peer-auto-tls --peer-client-cert-auth | --peer-auto-tls contradicts"
            + " --peer-client-cert-auth"
      })
  void anErrorNamesTheFlags(String line, String message) {
    assertThatThrownBy(() -> serve(HTTPS + line))
        .isInstanceOf(UsageException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://10.0.0.1:2380", "http://0.0.0.0:1"})
  void membersTalkInOneWay(String listen) {
    assertThatThrownBy(() ->
            serve(
                "--name=a --initial-cluster=a=https://h:1 --listen-peer-urls="
                    + listen
                    + " "
                    + PAIR))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--initial-cluster has a=https://h:1 but --listen-peer-urls has ");
  }

  @Test
  void theConfigurationFileNestsTlsAsEtcds() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            name: a
            initial-cluster: a=https://h:1
            listen-peer-urls: https://127.0.0.1:1
            peer-transport-security:
              cert-file: c.pem
              key-file: k.pem
              client-cert-auth: true
              trusted-ca-file: ca.pem
              allowed-cn: [x]
            """);

    PeerTlsConfig tls = tls(serve("--config-file=" + file));

    assertThat(tls.own().certFile()).isEqualTo(Path.of("c.pem"));
    assertThat(tls.own().clients().trustedCaFile()).isEqualTo(Path.of("ca.pem"));
    assertThat(tls.allowedCommonNames()).containsExactly("x");
  }

  private static PeerTlsConfig tls(Request.Serve serve) {
    return Objects.requireNonNull(Objects.requireNonNull(serve.config().quorum()).tls());
  }

  private static Request.Serve serve(String line) throws UsageException {
    List<String> args = Arrays.stream(line.split(" ")).filter(arg -> !arg.isEmpty()).toList();
    return (Request.Serve) CommandLine.parse(args, Map.of(), false);
  }
}
