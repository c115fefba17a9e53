package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerTlsTest {
  @TempDir Path folder;

  private static X509Bundle authority() throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=root")
        .setIsCertificateAuthority(true)
        .setKeyUsage(
            true, CertificateBuilder.KeyUsage.keyCertSign, CertificateBuilder.KeyUsage.cRLSign)
        .buildSelfSigned();
  }

  private static PeerTls tls(String name, X509Bundle issuer, X509Bundle trusted, String address)
      throws Exception {
    X509Bundle issued =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=" + name)
            .addSanIpAddress(address)
            .addExtendedKeyUsageServerAuth()
            .addExtendedKeyUsageClientAuth()
            .buildIssuedBy(issuer);
    SslContext server =
        SslContextBuilder.forServer(issued.toKeyManagerFactory())
            .trustManager(trusted.getCertificate())
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    SslContext client =
        SslContextBuilder.forClient()
            .keyManager(issued.toKeyManagerFactory())
            .trustManager(trusted.getCertificate())
            .endpointIdentificationAlgorithm("HTTPS")
            .build();
    return new PeerTls.Fixed(server, client);
  }

  @Test
  void membersTalkOverTlsAndStrangersAreRefused() throws Exception {
    X509Bundle ours = authority();
    X509Bundle theirs = authority();
    PeerTls good = tls("member", ours, ours, "127.0.0.1");
    try (Cluster cluster = new Cluster(folder, RaftConfig.Limits.DEFAULT, good).begin(3);
        PeerThreads threads = PeerThreads.open()) {
      Cluster.get(cluster.propose(cluster.aFollower(), "over TLS"));
      cluster.awaitSame("over TLS");
      String address = Cluster.text(cluster.member(1).address());

      assertThat(pinged(threads, cluster, address, good)).isTrue();
      assertThat(pinged(threads, cluster, address, tls("stranger", theirs, ours, "127.0.0.1")))
          .isFalse();
      assertThat(pinged(threads, cluster, address, tls("distrusting", ours, theirs, "127.0.0.1")))
          .isFalse();
      assertThat(pinged(threads, cluster, address, null)).isFalse();
    }
  }

  @Test
  void membersCallEachOtherAndAreDiscoveredOverTls() throws Exception {
    X509Bundle ours = authority();
    X509Bundle theirs = authority();
    PeerTls good = tls("member", ours, ours, "127.0.0.1");
    PeerTls stranger = tls("stranger", theirs, ours, "127.0.0.1");
    try (Cluster cluster = new Cluster(folder, RaftConfig.Limits.DEFAULT, good).begin(2)) {
      ByteString request = ByteString.copyFrom(new byte[4 << 20]);
      assertThat(Cluster.get(cluster.member(1).call(2, request, Cluster.PATIENCE)).equals(request))
          .isTrue();

      String address = Cluster.text(cluster.member(1).address());
      assertThat(RaftMember.discover(address, good, Cluster.PATIENCE).memberId()).isEqualTo(1);
      for (PeerTls wrong : new @Nullable PeerTls[] {stranger, null}) {
        assertThatThrownBy(() -> RaftMember.discover(address, wrong, Duration.ofSeconds(2)))
            .isInstanceOf(RaftException.NotDiscovered.class);
      }
    }
  }

  @Test
  void aMemberWhoseCertificateNamesAnotherHostIsNotTalkedTo() throws Exception {
    X509Bundle ours = authority();
    PeerTls elsewhere = tls("elsewhere", ours, ours, "127.0.0.9");
    try (Cluster cluster = new Cluster(folder, RaftConfig.Limits.DEFAULT, elsewhere).begin(1);
        PeerThreads threads = PeerThreads.open()) {
      String address = Cluster.text(cluster.member(1).address());

      assertThat(pinged(threads, cluster, address, elsewhere)).isFalse();
    }
  }

  private static boolean pinged(
      PeerThreads threads, Cluster cluster, String address, @Nullable PeerTls tls) {
    RaftConfig member = cluster.config(1, RaftConfig.Start.NEW);
    RaftConfig caller =
        new RaftConfig(
            Cluster.ID,
            1,
            member.folder(),
            member.listen(),
            member.peers(),
            member.start(),
            member.timing(),
            member.limits(),
            tls);
    try (PeerLink link =
        new PeerLink(
            caller, 1, address, 1 << 20, threads, new RaftMeasures().of(1), stream -> {})) {
      return Cluster.get(
          link.call(Frame.PING, Payload.EMPTY, caller.timing().election(), body -> true)
              .exceptionally(thrown -> false));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
