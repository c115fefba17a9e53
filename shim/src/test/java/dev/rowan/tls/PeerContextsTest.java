package dev.rowan.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.StartException;
import dev.rowan.raft.PeerTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.X509Bundle;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerContextsTest {
  private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

  private final Authority authority = new Authority();
  private Path ca = Path.of("");
  @TempDir Path directory;

  @BeforeEach
  void writeAuthority() {
    ca = authority.writeRoot(directory);
  }

  @Test
  void membersOfOneAuthorityTalk() throws Exception {
    PeerTls one = open(member("one", authority.server()), required(null, List.of()), List.of());
    PeerTls other = open(member("other", authority.server()), required(null, List.of()), List.of());

    connect(one, other, "localhost");
    connect(other, one, "127.0.0.1");
  }

  @Test
  void strangersAreRefused() throws Exception {
    PeerTls member = open(member("one", authority.server()), required(null, List.of()), List.of());
    Authority elsewhere = new Authority();
    List<Path> files = member("stranger", elsewhere.server());
    PeerTls stranger = open(files, required(null, List.of()), List.of());

    assertThatThrownBy(() -> connect(stranger, member, "localhost"))
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(() -> connect(member, stranger, "localhost"))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void aMemberMustBeWhoWasCalled() throws Exception {
    PeerTls member = open(member("one", authority.server()), required(null, List.of()), List.of());

    assertThatThrownBy(() -> connect(member, member, "elsewhere.example"))
        .isInstanceOf(SSLException.class)
        .hasStackTraceContaining("elsewhere.example");
  }

  @Test
  void namesAreCheckedOnBothSides() throws Exception {
    List<Path> files = member("one", authority.server());
    PeerTls anyName = open(files, required(null, List.of()), List.of());
    PeerTls itsName = open(files, required(null, List.of()), List.of("else", "server"));
    PeerTls otherName = open(files, required(null, List.of()), List.of("else"));
    PeerTls itsHost = open(files, required(null, List.of("localhost")), List.of());
    PeerTls otherHost = open(files, required(null, List.of("else")), List.of());

    connect(itsName, itsName, "localhost");
    connect(itsHost, itsHost, "localhost");
    for (PeerTls strict : List.of(otherName, otherHost)) {
      assertThatThrownBy(() -> connect(strict, anyName, "localhost"))
          .hasStackTraceContaining("the member's certificate has none of the allowed names");
      assertThatThrownBy(() -> connect(anyName, strict, "localhost"))
          .hasStackTraceContaining("the member's certificate has none of the allowed names");
    }
  }

  @Test
  void revokedCertificatesAreRefusedOnBothSides() throws Exception {
    X509Bundle revoked = authority.server();
    Path crl = Files.write(directory.resolve("crl"), authority.revoking(revoked));
    PeerTls gone = open(member("gone", revoked), required(null, List.of()), List.of());
    PeerTls member = open(member("one", authority.server()), required(crl, List.of()), List.of());

    assertThatThrownBy(() -> connect(gone, member, "localhost"))
        .hasStackTraceContaining("is revoked");
    assertThatThrownBy(() -> connect(member, gone, "localhost"))
        .hasStackTraceContaining("is revoked");
  }

  /** As in etcd: TLS without proof of who calls. */
  @Test
  void withoutAuthoritiesWhoCallsNeedsNoCertificate() throws Exception {
    List<Path> files = member("one", authority.server());
    PeerTls open =
        PeerContexts.open(
            config(files, null, new TlsConfig.Clients(false, ca, null, List.of()), List.of()));
    PeerTls stranger =
        PeerContexts.open(
            config(
                member("stranger", new Authority().server()),
                null,
                new TlsConfig.Clients(false, ca, null, List.of()),
                List.of()));

    connect(stranger, open, "localhost");
  }

  @Test
  void aCertificateForCallingMayBeAnother() throws Exception {
    List<Path> serving = member("serving", authority.server());
    List<Path> calling = Authority.write(directory, "calling", authority.client("caller"));
    TlsConfig own =
        new TlsConfig(
            serving.get(0), serving.get(1), null, required(null, List.of()), PROTOCOLS, List.of());
    PeerTls tls =
        PeerContexts.open(
            new PeerTlsConfig(own, calling.get(0), calling.get(1), List.of("caller", "server")));
    PeerTls onlyServers = open(serving, required(null, List.of()), List.of("server"));

    connect(tls, tls, "localhost");
    assertThatThrownBy(() -> connect(tls, onlyServers, "localhost"))
        .hasStackTraceContaining("none of the allowed names");
  }

  @Test
  void selfSignedCertificatesAreTakenAsTheyCome() throws Exception {
    PeerTls one = PeerContexts.open(selfSigned("one"));
    PeerTls other = PeerContexts.open(selfSigned("other"));

    connect(one, other, "elsewhere.example");
    assertThat(directory.resolve("one/cert.pem")).exists();
  }

  @Test
  void filesThatChangeAreTakenUp() throws Exception {
    PeerTls tls = open(member("one", authority.server()), required(null, List.of()), List.of());
    SslContext server = tls.server();
    SslContext client = tls.client();
    assertThat(tls.server()).isSameAs(server);

    member("one", authority.server());

    assertThat(tls.server()).isNotSameAs(server);
    assertThat(tls.client()).isNotSameAs(client);
  }

  @Test
  void aStartWithoutUsableFilesNamesTheFile() {
    List<Path> missing = List.of(directory.resolve("no.pem"), directory.resolve("no.key"));

    assertThatThrownBy(() -> open(missing, required(null, List.of()), List.of()))
        .isInstanceOf(StartException.class)
        .hasMessage("there is no file " + missing.getFirst());
  }

  private List<Path> member(String name, X509Bundle bundle) {
    return Authority.write(directory, name, bundle);
  }

  private TlsConfig.Clients required(@Nullable Path crl, List<String> h) {
    return new TlsConfig.Clients(true, ca, crl, h);
  }

  private static PeerTls open(List<Path> files, TlsConfig.Clients members, List<String> names)
      throws StartException {
    return PeerContexts.open(config(files, null, members, names));
  }

  private PeerTlsConfig selfSigned(String name) {
    Path folder = directory.resolve(name);
    return config(
        List.of(folder.resolve("cert.pem"), folder.resolve("key.pem")),
        new TlsConfig.SelfSigned(1, List.of("localhost")),
        new TlsConfig.Clients(false, null, null, List.of()),
        List.of());
  }

  private static PeerTlsConfig config(
      List<Path> files,
      TlsConfig.@Nullable SelfSigned made,
      TlsConfig.Clients members,
      List<String> names) {
    TlsConfig own = new TlsConfig(files.get(0), files.get(1), made, members, PROTOCOLS, List.of());
    return new PeerTlsConfig(own, files.get(0), files.get(1), names);
  }

  /** Shakes hands until both sides are done; throws what either finds wrong. */
  private static void connect(PeerTls from, PeerTls to, String host) throws SSLException {
    SSLEngine client = from.client().newEngine(ByteBufAllocator.DEFAULT, host, 2380);
    SSLEngine server = to.server().newEngine(ByteBufAllocator.DEFAULT);
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    client.beginHandshake();
    server.beginHandshake();
    while (busy(client) || busy(server)) {
      boolean moved = step(client, toClient, toServer);
      moved |= step(server, toServer, toClient);
      assertThat(moved).as("the handshake goes on").isTrue();
    }
  }

  private static boolean busy(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
        && engine.getHandshakeStatus() != HandshakeStatus.FINISHED;
  }

  private static boolean step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    HandshakeStatus before = engine.getHandshakeStatus();
    boolean moved =
        switch (before) {
          case NEED_TASK -> {
            engine.getDelegatedTask().run();
            yield true;
          }
          case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out).bytesProduced() > 0;
          default -> {
            in.flip();
            int consumed = engine.unwrap(in, ByteBuffer.allocate(1 << 16)).bytesConsumed();
            in.compact();
            yield consumed > 0;
          }
        };
    return moved || engine.getHandshakeStatus() != before;
  }
}
