package dev.rowan.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.tls.Authority;
import dev.rowan.tls.TlsConfig;
import dev.rowan.tls.TlsContexts;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsPortTest {
  private static final URI HTTPS = URI.create("https://127.0.0.1:0");
  private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");
  private static final TlsConfig.Clients ANYBODY =
      new TlsConfig.Clients(false, null, null, List.of());
  private static final Duration LONG = ClientPort.BEGIN_MAX;

  private final Authority authority = new Authority();
  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void writeFiles() {
    root = authority.writeRoot(directory);
    Authority.write(directory, "server", authority.server());
  }

  @Test
  void bothProtocolsAreServedOverTls() throws Exception {
    try (var tls = TlsContexts.open(config(ANYBODY, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      assertThat(range(port, null)).isNotNull();
      assertThat(port.callers).containsExactly("anybody");
      for (HttpClient.Version version : HttpClient.Version.values()) {
        HttpResponse<Void> answer = http(port, version);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      }
      assertThat(port.port().urls().getFirst().getScheme()).isEqualTo("https");
    }
  }

  @Test
  void oneAddressMayServeWithAndWithoutTls() throws Exception {
    int free;
    try (var probe = new java.net.ServerSocket(0)) {
      free = probe.getLocalPort();
    }
    URI plain = URI.create("http://127.0.0.1:" + free);
    URI secure = URI.create("https://127.0.0.1:" + free);
    try (var tls = TlsContexts.open(config(ANYBODY, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), plain, secure)) {
      assertThat(range(port, null)).isNotNull();
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", free).usePlaintext().build();
      assertThat(range(channel)).isNotNull();
      assertThat(port.callers).containsExactly("anybody", "none");
      assertThat(port.port().urls()).containsExactly(plain, secure);
    }
  }

  @Test
  void aClientIsKnownByItsCertificateAndRefusedWithoutOne() throws Exception {
    var clients = new TlsConfig.Clients(true, root, null, List.of());
    try (var tls = TlsContexts.open(config(clients, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      assertThat(range(port, authority.client("alice"))).isNotNull();
      assertThat(port.callers).containsExactly("CN=alice");
      assertRefused(port, null);
      assertRefused(port, new Authority().client("mallory"));
      assertThat(port.callers).hasSize(1);
    }
  }

  @Test
  void aRevokedCertificateIsRefusedOnceTheListSaysSo() throws Exception {
    X509Bundle alice = authority.client("alice");
    X509Bundle bob = authority.client("bob");
    Path list = Files.write(directory.resolve("crl"), authority.revoking(bob));
    var clients = new TlsConfig.Clients(true, root, list, List.of());
    try (var tls = TlsContexts.open(config(clients, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      assertThat(range(port, alice)).isNotNull();
      assertRefused(port, bob);

      Files.write(list, authority.revoking(alice, bob));

      assertRefused(port, alice);
    }
  }

  /** The client would resume its session for a day, without its certificate being asked for. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSessionDoesNotOutliveItsClientsCertificate(String protocol) throws Exception {
    var clients = new TlsConfig.Clients(true, root, null, List.of());
    try (var tls = TlsContexts.open(config(clients, List.of(protocol)));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      Instant end = Instant.now().plusSeconds(4).truncatedTo(ChronoUnit.SECONDS);
      SSLContext client = trusting(authority, authority.clientUntil("alice", end));
      assertThat(statusLine(port.tcpPort(), client)).startsWith("HTTP/1.1 404");

      await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(end.plusMillis(10)));

      assertThatThrownBy(() -> statusLine(port.tcpPort(), client)).isInstanceOf(IOException.class);
    }
  }

  private static String statusLine(int port, SSLContext client) throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] line = socket.getInputStream().readNBytes(12);
      if (line.length == 0) {
        throw new EOFException("closed without an answer");
      }
      return new String(line, StandardCharsets.US_ASCII);
    }
  }

  @Test
  void aCertificateNeedsOneOfTheAllowedNames() throws Exception {
    var clients = new TlsConfig.Clients(true, root, null, List.of("a.example", "b.example"));
    try (var tls = TlsContexts.open(config(clients, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      assertThat(range(port, authority.client("alice", "b.example"))).isNotNull();
      assertRefused(port, authority.client("a.example"));
    }
  }

  @Test
  void newHandshakesTakeChangedFilesAndOldConnectionsGoOn() throws Exception {
    try (var tls = TlsContexts.open(config(ANYBODY, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      ManagedChannel before = channel(port, authority, null);
      assertThat(KVGrpc.newBlockingStub(before).range(RangeRequest.getDefaultInstance()))
          .isNotNull();
      var next = new Authority();
      Authority.write(directory, "server", next.server());

      assertThat(range(channel(port, next, null))).isNotNull();
      assertThatThrownBy(() -> range(channel(port, authority, null)))
          .extracting(e -> Status.fromThrowable(e).getCode())
          .isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(range(before)).isNotNull();
    }
  }

  /** As for --listen-metrics-urls. */
  @Test
  void furtherAddressesAskForTheSameCertificates() throws Exception {
    var clients = new TlsConfig.Clients(true, root, null, List.of());
    SSLContext nobody = trusting(authority);
    int elsewhere;
    try (var tls = TlsContexts.open(config(clients, PROTOCOLS));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      elsewhere = port.serve(HTTPS).getPort();
      SSLContext alice = trusting(authority, authority.client("alice"));
      assertThat(statusLine(elsewhere, alice)).startsWith("HTTP/1.1 404");
      assertThatThrownBy(() -> statusLine(elsewhere, nobody)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> statusLine(elsewhere, nobody))
        .as("it ends with the port")
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void anOldVersionIsRefused() throws Exception {
    try (var tls = TlsContexts.open(config(ANYBODY, List.of("TLSv1.3")));
        var port = new OpenPort(LONG, tls, List.of(), HTTPS)) {
      assertThat(range(port, null)).isNotNull();
      SSLContext context = trusting(authority);
      try (SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), port.tcpPort())) {
        socket.setEnabledProtocols(new String[] {"TLSv1.2"});
        assertThatThrownBy(socket::startHandshake).hasMessageContaining("protocol_version");
      }
    }
  }

  @Test
  void aHandshakeThatDoesNotGoOnIsEnded() throws Exception {
    var waits = Duration.ofMillis(300);
    byte[] begun = {0x16, 3, 1, 2, 0, 1};
    try (var tls = TlsContexts.open(config(ANYBODY, PROTOCOLS));
        var port = new OpenPort(waits, tls, List.of(), HTTPS)) {
      for (byte[] bytes :
          List.of(
              begun, new byte[0], "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port.tcpPort())) {
          socket.setSoTimeout(20_000);
          socket.getOutputStream().write(bytes);
          assertThat(socket.getInputStream().readAllBytes()).isNotNull();
        }
      }
      assertThat(range(port, null)).isNotNull();
    }
  }

  private TlsConfig config(TlsConfig.Clients clients, List<String> protocols) {
    return new TlsConfig(
        directory.resolve("server.pem"),
        directory.resolve("server.key"),
        null,
        clients,
        protocols,
        List.of());
  }

  private void assertRefused(OpenPort port, @Nullable X509Bundle client) {
    assertThatThrownBy(() -> range(port, client))
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
  }

  private RangeResponse range(OpenPort port, @Nullable X509Bundle client) throws Exception {
    return range(channel(port, authority, client));
  }

  private static ManagedChannel channel(
      OpenPort port, Authority trusted, @Nullable X509Bundle client) throws Exception {
    SslContextBuilder tls =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
            .trustManager(trusted.root().getCertificate());
    if (client != null) {
      tls.keyManager(client.getKeyPair().getPrivate(), client.getCertificatePath());
    }
    return NettyChannelBuilder.forAddress("127.0.0.1", port.tcpPort())
        .sslContext(tls.build())
        .build();
  }

  private static RangeResponse range(ManagedChannel channel) throws InterruptedException {
    try {
      return KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .range(RangeRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private HttpResponse<Void> http(OpenPort port, HttpClient.Version version) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder().version(version).sslContext(trusting(authority)).build()) {
      return client.send(
          HttpRequest.newBuilder(port.port().urls().getFirst()).build(),
          HttpResponse.BodyHandlers.discarding());
    }
  }

  private static SSLContext trusting(Authority authority) throws Exception {
    return trusting(authority, null);
  }

  private static SSLContext trusting(Authority authority, @Nullable X509Bundle client)
      throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("root", authority.root().getCertificate());
    var factory = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        client == null ? null : client.toKeyManagerFactory().getKeyManagers(),
        factory.getTrustManagers(),
        null);
    return context;
  }
}
