package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.tls.Authority;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** etcdctl over TLS and over unix sockets: who is let in is the same with etcd and with Rowan. */
abstract class TlsContract {
  private final Authority authority = new Authority();
  @TempDir Path files;

  /** Starts a server with further flags, whose URLs replace its own. */
  abstract Server start(String... flags);

  @Test
  void urlsWithAndWithoutTlsAndUnixSocketsAreServedTogether() {
    String https = "https://127.0.0.1:" + Ports.free();
    String http = "http://127.0.0.1:" + Ports.free();
    Path socket = files.resolve("a.sock");
    Path secureSocket = files.resolve("b.sock");
    String ca = "--cacert=" + authority.writeRoot(files);
    List<Path> pair = Authority.write(files, "server", authority.server());
    try (Server server =
        start(
            "--listen-client-urls="
                + String.join(",", https, http, "unix://" + socket, "unixs://" + secureSocket),
            "--advertise-client-urls=" + https,
            "--cert-file=" + pair.get(0),
            "--key-file=" + pair.get(1))) {
      assertThat(etcdctl(https, ca, "put", "k", "v")).isEqualTo(new Program(0, "OK\n"));
      assertThat(etcdctl(http, "get", "k")).isEqualTo(new Program(0, "k\nv\n"));
      assertThat(etcdctl("unix://" + socket, "get", "k")).isEqualTo(new Program(0, "k\nv\n"));
      assertThat(etcdctl(https, ca, "endpoint", "health").output()).contains("is healthy");
      assertThat(etcdctl(https, ca, "member", "list").output()).contains(https);
      assertThat(etcdctl("unixs://" + secureSocket, "--insecure-skip-tls-verify", "get", "k"))
          .isEqualTo(new Program(0, "k\nv\n"));
      assertRefused(etcdctl(https, "get", "k"));
      assertRefused(etcdctl(http.replace("http:", "https:"), ca, "get", "k"));
      // etcd ends with the signal's number, Rowan with 0.
      assertThat(server.process().terminate()).isIn(0, 143);
      assertThat(socket).doesNotExist();
    }
  }

  @Test
  void clientsAreLetInByTheirCertificates() throws IOException {
    X509Bundle bob = authority.client("bob", "client.example");
    Path list = Files.write(files.resolve("crl"), authority.revoking(bob));
    Path ca = authority.writeRoot(files);
    List<Path> pair = Authority.write(files, "server", authority.server());
    String url = "https://127.0.0.1:" + Ports.free();
    try (Server server =
        start(
            "--listen-client-urls=" + url,
            "--advertise-client-urls=" + url,
            "--cert-file=" + pair.get(0),
            "--key-file=" + pair.get(1),
            "--client-cert-auth",
            "--trusted-ca-file=" + ca,
            "--client-crl-file=" + list,
            "--client-cert-allowed-hostname=client.example,other.example")) {
      X509Bundle alice = authority.client("alice", "client.example");

      assertThat(as(url, ca, alice)).isEqualTo(new Program(0, "OK\n"));
      assertRefused(etcdctl(url, "--cacert=" + ca, "put", "k", "v"));
      assertRefused(as(url, ca, bob));
      assertRefused(as(url, ca, authority.client("carol", "foreign.example")));
      assertRefused(as(url, ca, new Authority().client("mallory", "client.example")));

      Files.write(list, authority.revoking(alice, bob));
      assertRefused(as(url, ca, alice));
      assertThat(server.process().isAlive()).isTrue();
    }
  }

  /** */
  @Test
  void certificatesNameUsersButNotOverTheGateway() throws Exception {
    Path ca = authority.writeRoot(files);
    List<Path> pair = Authority.write(files, "server", authority.server());
    String url = "https://127.0.0.1:" + Ports.free();
    try (Server _ =
        start(
            "--listen-client-urls=" + url,
            "--advertise-client-urls=" + url,
            "--cert-file=" + pair.get(0),
            "--key-file=" + pair.get(1),
            "--client-cert-auth",
            "--trusted-ca-file=" + ca)) {
      X509Bundle root = authority.client("root");
      for (String command :
          List.of(
              "user add root --no-password",
              "user grant-role root root",
              "user add alice --no-password",
              "user add carol:password",
              "role add part",
              "role grant-permission part readwrite k",
              "user grant-role alice part",
              "user grant-role carol part",
              "auth enable")) {
        assertThat(as(url, ca, root, command.split(" ", -1)).status()).as(command).isZero();
      }

      X509Bundle alice = authority.client("alice");
      assertThat(as(url, ca, alice)).isEqualTo(new Program(0, "OK\n"));
      assertDenied(as(url, ca, alice, "put", "other", "v"), "permission denied");
      assertDenied(as(url, ca, alice, "user", "list"), "permission denied");
      assertThat(as(url, ca, root, "user", "list").output()).isEqualTo("alice\ncarol\nroot\n");
      X509Bundle eve = authority.client("eve");
      assertDenied(as(url, ca, eve), "permission denied");
      assertDenied(as(url, ca, eve, "user", "list"), "user name not found");
      assertDenied(as(url, ca, authority.nameless()), "permission denied");
      assertDenied(as(url, ca, authority.nameless(), "user", "list"), "user name is empty");

      HttpResponse<String> refused = post(url, alice, "/v3/kv/range", "{\"key\":\"aw==\"}", "");
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body())
          .isEqualTo(
              "CommonName of client sending a request against gateway will be ignored and not"
                  + " used as expected\n");
      String login =
          post(
                  url,
                  authority.nameless(),
                  "/v3/auth/authenticate",
                  "{\"name\":\"carol\",\"password\":\"password\"}",
                  "")
              .body();
      String token = login.replaceAll(".*\"token\":\"([^\"]*)\".*", "$1").strip();
      HttpResponse<String> range =
          post(url, authority.nameless(), "/v3/kv/range", "{\"key\":\"aw==\"}", token);
      assertThat(range.body()).contains("\"count\":\"1\"");
      assertThat(post(url, authority.nameless(), "/v3/kv/range", "{\"key\":\"aw==\"}", "").body())
          .contains("etcdserver: user name is empty");
    }
  }

  private HttpResponse<String> post(
      String url, X509Bundle client, String path, String body, String token) throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        client.toKeyManagerFactory().getKeyManagers(),
        authority.root().toTrustManagerFactory().getTrustManagers(),
        null);
    // Without the header, etcd takes the name in its own certificate for the user.
    var request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Accept", "*/*")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", token);
    }
    try (HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls).build()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static void assertDenied(Program done, String why) {
    assertThat(done.status()).as(done.output()).isNotZero();
    assertThat(done.output()).contains("etcdserver: " + why);
  }

  @Test
  void certificatesAreReplacedWithoutARestart() {
    Path ca = authority.writeRoot(files);
    List<Path> pair = Authority.write(files, "server", authority.server());
    String url = "https://127.0.0.1:" + Ports.free();
    try (Server server =
        start(
            "--listen-client-urls=" + url,
            "--advertise-client-urls=" + url,
            "--cert-file=" + pair.get(0),
            "--key-file=" + pair.get(1),
            "--tls-min-version=TLS1.3")) {
      assertThat(etcdctl(url, "--cacert=" + ca, "put", "k", "v").output()).isEqualTo("OK\n");

      var next = new Authority();
      Authority.write(files, "server", next.server());
      assertRefused(etcdctl(url, "--cacert=" + ca, "put", "k", "v"));
      String nextCa = "--cacert=" + next.writeRoot(files);
      assertThat(etcdctl(url, nextCa, "put", "k", "v").output()).isEqualTo("OK\n");
      assertThat(server.process().isAlive()).isTrue();
    }
  }

  @Test
  void aCertificateIsMadeOnceAndKept() {
    String url = "https://localhost:" + Ports.free();
    try (Server server =
        start("--listen-client-urls=" + url, "--advertise-client-urls=" + url, "--auto-tls")) {
      assertThat(etcdctl(url, "--insecure-skip-tls-verify", "put", "k", "v"))
          .isEqualTo(new Program(0, "OK\n"));
      assertRefused(etcdctl(url, "put", "k", "v"));
      Path made = made(server.folder());
      assertThat(etcdctl(url, "--cacert=" + made, "get", "k").output()).isEqualTo("k\nv\n");

      assertThat(server.process().terminate()).isIn(0, 143);
      server.process().startAgain();

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(etcdctl(url, "--cacert=" + made, "get", "k").output())
                  .isEqualTo("k\nv\n"));
    }
  }

  private static Path made(Path folder) {
    try (var all = Files.walk(folder)) {
      return all.filter(path -> path.endsWith("fixtures/client/cert.pem"))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Program as(String url, Path ca, X509Bundle client) {
    return as(url, ca, client, "put", "k", "v");
  }

  private Program as(String url, Path ca, X509Bundle client, String... command) {
    List<Path> pair = Authority.write(files, "client", client);
    List<String> all =
        new ArrayList<>(List.of("--cacert=" + ca, "--cert=" + pair.get(0), "--key=" + pair.get(1)));
    all.addAll(List.of(command));
    return etcdctl(url, all.toArray(String[]::new));
  }

  private static void assertRefused(Program done) {
    assertThat(done.status()).as(done.output()).isNotZero();
  }

  private static Program etcdctl(String endpoint, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("--endpoints=" + endpoint, "--dial-timeout=2s", "--command-timeout=3s"));
    all.addAll(List.of(arguments));
    return Program.run(GoProgram.ETCDCTL, "", all);
  }
}
