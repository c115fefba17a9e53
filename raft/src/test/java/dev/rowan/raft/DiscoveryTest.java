package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is no member yet asks members who they are. */
class DiscoveryTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path folder;

  @Test
  void aMemberSaysWhoItIsBeforeThereIsALeader() throws Exception {
    try (Cluster cluster = new Cluster(folder)) {
      for (long id = 1; id <= 3; id++) {
        cluster.name(id, Cluster.freeAddress());
      }
      RaftMember alone = cluster.open(2, RaftConfig.Start.NEW);

      Discovered found = RaftMember.discover(cluster.address(2), null, LONG);

      assertThat(found)
          .isEqualTo(new Discovered(Cluster.ID, 2, ByteString.copyFromUtf8("member 2")));
      assertThat(alone.status().leaderId()).isZero();
    }
  }

  @Test
  void aMemberThatIsCutOffIsAskedOverTheSameWayOnceItIsJoined() throws Exception {
    InetSocketAddress listen = Cluster.freeAddress();
    try (TcpProxy way = new TcpProxy(listen);
        Cluster cluster = new Cluster(folder)) {
      cluster.name(1, listen, way.address());
      cluster.open(1, RaftConfig.Start.NEW);
      cluster.awaitLeader();
      String address = Cluster.text(way.address());
      way.cut(0);

      assertThatThrownBy(() -> RaftMember.discover(address, null, LONG))
          .isInstanceOf(RaftException.NotDiscovered.class)
          .hasMessageContaining(address);
      way.join();
      assertThat(RaftMember.discover(address, null, LONG).memberId()).isEqualTo(1);
    }
  }

  @Test
  void aDescriptionOfTheGreatestSizeArrivesAndALargerOneIsRefused() throws Exception {
    try (Cluster cluster = Cluster.of(1, folder)) {
      ByteString greatest = ByteString.copyFrom(new byte[PeerCalls.DESCRIPTION_BYTES_MAX]);
      cluster.asked(1).description(greatest);
      assertThat(RaftMember.discover(cluster.address(1), null, LONG).description())
          .isEqualTo(greatest);

      cluster.asked(1).description(greatest.concat(ByteString.copyFromUtf8("x")));
      assertThatThrownBy(() -> RaftMember.discover(cluster.address(1), null, LONG))
          .isInstanceOf(RaftException.NotDiscovered.class)
          .hasMessageContaining("too long");
    }
  }

  @Test
  void aMemberThatStartsSaysSo() throws Exception {
    Cluster cluster = new Cluster(folder);
    cluster.name(1, Cluster.freeAddress());
    RaftConfig config = cluster.config(1, RaftConfig.Start.NEW);
    try (PeerThreads threads = PeerThreads.open();
        PeerServer starting =
            new PeerServer(
                config,
                1 << 20,
                threads,
                new RaftMeasures(),
                (kind, from, body, refusal) ->
                    RaftNode.running(null).call(kind, from, body, refusal))) {
      assertThatThrownBy(() -> RaftMember.discover(Cluster.text(starting.address()), null, LONG))
          .isInstanceOf(RaftException.NotDiscovered.class)
          .hasMessageContaining("the member is starting");
    }
  }

  @Test
  void whereNobodyIsOrNobodyAnswersIsNamed() throws Exception {
    String nowhere = Cluster.text(Cluster.freeAddress());
    assertThatThrownBy(() -> RaftMember.discover(nowhere, null, LONG))
        .isInstanceOf(RaftException.NotDiscovered.class)
        .hasMessageContaining(nowhere);

    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String silent = "127.0.0.1:" + mute.getLocalPort();
      assertThatThrownBy(() -> RaftMember.discover(silent, null, SHORT))
          .isInstanceOf(RaftException.NotDiscovered.class)
          .hasMessageContaining(silent)
          .hasMessageContaining("no answer in");
    }
  }
}
