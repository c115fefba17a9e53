package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftFolderTest {
  private static final LeadershipListener NOBODY = (term, leader) -> {};

  @TempDir Path folder;

  /** A member that has ten entries, and is closed. */
  private Cluster used() throws Exception {
    Cluster cluster = Cluster.of(1, folder);
    for (int i = 0; i < 10; i++) {
      Cluster.get(cluster.propose(1, "entry" + i));
    }
    cluster.close(1);
    return cluster;
  }

  private SegmentFile openSegment(Cluster cluster) throws IOException {
    try (Stream<Path> files = Files.walk(cluster.folder(1))) {
      return files
          .map(SegmentFile::of)
          .filter(file -> file != null && file.open())
          .findFirst()
          .orElseThrow();
    }
  }

  private static void overwrite(Path file, long at, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), at);
    }
  }

  @Test
  void aTakenAddressIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      Cluster cluster = new Cluster(folder);
      cluster.name(
          1, new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort()));

      assertThatThrownBy(() -> cluster.open(1, RaftConfig.Start.NEW))
          .isInstanceOf(RaftException.AddressUnusable.class)
          .hasMessageContaining(Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aFolderOfAnotherMemberOrClusterIsRefused() throws Exception {
    Cluster cluster = used();
    RaftConfig config = cluster.config(1, RaftConfig.Start.NEW);
    RaftConfig other =
        new RaftConfig(
            7,
            1,
            config.folder(),
            config.listen(),
            config.peers(),
            config.start(),
            config.timing(),
            config.limits(),
            null);

    assertThatThrownBy(
            () -> RaftMember.open(other, new Ledger(folder.resolve("x")), NOBODY, new Asked(1)))
        .isInstanceOf(RaftException.WrongFolder.class)
        .hasMessageContaining("it belongs to member 0000000000000001 of cluster 00000000000000c1");
  }

  @Test
  void aLogThatIsGoneIsNotBegunAnew() throws Exception {
    Cluster cluster = used();
    DurableFiles.clear(cluster.folder(1).resolve("log"));

    assertThatThrownBy(() -> cluster.open(1, RaftConfig.Start.NEW))
        .isInstanceOf(RaftException.DamagedLog.class)
        .hasMessageContaining("is missing");
  }

  @Test
  void aStateWithoutTheLogThatMadeItIsRefused() throws Exception {
    Cluster cluster = used();
    cluster.ledger(1).persist();
    Path gone = cluster.config(1, RaftConfig.Start.NEW).folder();
    try (Stream<Path> files = Files.list(gone)) {
      for (Path file : files.filter(each -> !each.endsWith("ledger")).toList()) {
        if (Files.isDirectory(file)) {
          DurableFiles.clear(file);
        }
        Files.delete(file);
      }
    }

    assertThatThrownBy(() -> cluster.open(1, RaftConfig.Start.NEW))
        .isInstanceOf(RaftException.DamagedLog.class)
        .hasMessageContaining("is missing, though its state is at entry");
  }

  private static final long RECEIVED_INDEX = 999;

  private static Path received(Cluster cluster, long term) throws IOException {
    Path snapshots = RaftFolder.snapshots(cluster.config(1, RaftConfig.Start.NEW).folder());
    return Files.createDirectories(snapshots)
        .resolve("received-%d-%d".formatted(term, RECEIVED_INDEX));
  }

  /** As Ratis leaves the log when it is told of a received state and goes on behind it. */
  private long logBehindReceived(Cluster cluster) throws IOException {
    SegmentFile open = openSegment(cluster);
    SegmentFile.Content content = open.read();
    open.finish(content);
    long term = Objects.requireNonNull(content.lastEntry()).getTerm();
    Peer self = new Peer(1, cluster.address(1), Peer.Role.VOTER);
    SegmentFile.write(
        open.path().resolveSibling("."),
        LogEntryProto.newBuilder()
            .setTerm(term)
            .setIndex(RECEIVED_INDEX + 1)
            .setConfigurationEntry(
                RaftConfigurationProto.newBuilder().addPeers(Peers.of(self, 0).getRaftPeerProto()))
            .build());
    return term;
  }

  @Test
  void aReceivedStateIsTakenOverThoughTheLogHasAGapBeforeIt() throws Exception {
    try (Cluster cluster = used()) {
      long term = logBehindReceived(cluster);
      Path received = received(cluster, term);
      Ledger.seed(received, "another's", new LogPosition(term, RECEIVED_INDEX));
      Path older = received.resolveSibling("received-%d-5".formatted(term));
      Ledger.seed(older, "older", new LogPosition(term, 5));

      cluster.open(1, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(1, "after"));

      assertThat(cluster.ledger(1).texts()).containsExactly("another's", "after");
      assertThat(received).doesNotExist();
      assertThat(older).doesNotExist();
    }
  }

  @Test
  void aReceivedStateThatCannotBeReadIsLeftOutWhereTheLogGoesOn() throws Exception {
    try (Cluster cluster = used()) {
      Path received = Files.writeString(received(cluster, 1), "none");

      cluster.open(1, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(1, "after"));

      assertThat(cluster.ledger(1).texts()).hasSize(11).contains("entry0", "after");
      assertThat(received).doesNotExist();
    }
  }

  @Test
  void aReceivedStateThatCannotBeReadIsNamedWhereTheLogNeedsIt() throws Exception {
    try (Cluster cluster = used()) {
      long term = logBehindReceived(cluster);
      Path received = Files.writeString(received(cluster, term), "none");

      assertThatThrownBy(() -> cluster.open(1, RaftConfig.Start.NEW))
          .isInstanceOf(RaftException.DamagedLog.class)
          .hasMessageContaining(received + ": it cannot be taken over");
      assertThat(received).exists();
    }
  }

  /** The log begins behind what each was given, so it isn't all that a later member needs. */
  @Test
  void aStateThatTheFirstMembersBeginWithIsGivenToWhoJoins() throws Exception {
    try (Cluster cluster = new Cluster(folder)) {
      for (long id = 1; id <= 3; id++) {
        cluster.name(id, Cluster.freeAddress());
        Files.createDirectories(cluster.folder(id));
        Ledger.seed(cluster.folder(id).resolve("ledger"), "seed");
      }
      for (long id = 1; id <= 3; id++) {
        cluster.open(id, RaftConfig.Start.NEW);
      }
      cluster.awaitLeader();
      Cluster.get(cluster.propose(1, "after"));

      cluster.open(4, RaftConfig.Start.JOIN);
      Cluster.get(cluster.member(1).addVoter(4, cluster.address(4)));

      cluster.awaitSame("after");
      assertThat(cluster.ledger(4).texts()).containsExactly("seed", "after");
      assertThat(cluster.ledger(4).installs()).isEqualTo(1);
    }
  }

  @Test
  void aDamagedEntryIsNamedWithItsFileAndNothingIsChanged() throws Exception {
    Cluster cluster = used();
    SegmentFile segment = openSegment(cluster);
    overwrite(segment.path(), 120, new byte[] {0x55});
    byte[] before = Files.readAllBytes(segment.path());

    Throwable thrown = catchThrowable(() -> cluster.open(1, RaftConfig.Start.NEW));
    assertThat(thrown)
        .isInstanceOf(RaftException.DamagedLog.class)
        .hasMessageContaining(segment.path() + ": it is damaged at byte ");
    assertThat(((RaftException.DamagedLog) thrown).file()).isEqualTo(segment.path());
    assertThat(Files.readAllBytes(segment.path())).isEqualTo(before);
  }

  @Test
  void anEntryThatACrashCutOffIsDropped() throws Exception {
    Cluster cluster = used();
    SegmentFile segment = openSegment(cluster);
    long end = segment.read().bytes();
    byte[] torn = new byte[2000];
    torn[0] = (byte) 0xE8;
    torn[1] = 0x07;
    torn[2] = 0x08;
    overwrite(segment.path(), end, torn);
    assertThat(segment.read().damage()).isEqualTo(SegmentFile.Damage.TORN);

    try (cluster) {
      cluster.open(1, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(1, "after"));
      assertThat(cluster.ledger(1).texts()).hasSize(11).startsWith("entry0").endsWith("after");
    }
  }

  @Test
  void aStateThatIsAheadOfItsOwnLogGoesOn() throws Exception {
    Cluster cluster = used();
    cluster.ledger(1).persist();
    SegmentFile segment = openSegment(cluster);
    segment.cut(60);
    SegmentFile.Content content = segment.read();
    if (content.damage() != null) {
      segment.cut(content.bytes());
    }

    try (cluster) {
      cluster.open(1, RaftConfig.Start.NEW);
      Cluster.get(cluster.propose(1, "after"));
      assertThat(cluster.ledger(1).texts()).hasSize(11).startsWith("entry0").endsWith("after");
    }
  }

  @Test
  void aMissingFileOfTheLogIsNoticed() throws Exception {
    Cluster cluster = used();
    SegmentFile segment = openSegment(cluster);
    Files.move(segment.path(), segment.path().resolveSibling("log_inprogress_5"));

    assertThatThrownBy(() -> cluster.open(1, RaftConfig.Start.NEW))
        .isInstanceOf(RaftException.DamagedLog.class)
        .hasMessageContaining("entries from 0 on are missing before it");
  }

  @Test
  void theLastOneGoesOnAloneIfItIsTold() throws Exception {
    Cluster cluster = Cluster.of(3, folder);
    Cluster.get(cluster.propose(2, "together"));
    cluster.awaitSame("together");
    cluster.close();

    try (cluster) {
      cluster.open(2, RaftConfig.Start.FORCE_NEW);
      Cluster.get(cluster.propose(2, "alone"));

      assertThat(cluster.ledger(2).texts()).isEqualTo(List.of("together", "alone"));
      assertThat(cluster.member(2).peers()).extracting(Peer::id).containsExactly(2L);
      assertThat(cluster.ledger(2).peers()).extracting(Peer::id).containsExactly(2L);
      cluster.open(4, RaftConfig.Start.JOIN);
      Cluster.get(cluster.member(2).addVoter(4, cluster.address(4)));
      cluster.awaitSame("alone");
    }
  }
}
