package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RevisionLogContract;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A quorum of one member. */
final class QuorumLogTest extends RevisionLogContract {
  private static final long CLUSTER = 0x77;
  private static final int PORT = freePort();

  @TempDir Path folder;
  private final CommandRelay relay = new CommandRelay(1, () -> ByteString.EMPTY);

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  protected RevisionLog open() throws LogException {
    try {
      return QuorumLog.open(
          folder.resolve("rowan.db"), config(CLUSTER), new Membership(List.of()), relay, relay);
    } catch (RaftException e) {
      throw new AssertionError(e);
    }
  }

  private RaftConfig config(long clusterId) {
    return config(clusterId, RaftConfig.Limits.DEFAULT);
  }

  private RaftConfig config(long clusterId, RaftConfig.Limits limits) {
    return new RaftConfig(
        clusterId,
        1,
        folder.resolve("raft"),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT),
        List.of(new Peer(1, "127.0.0.1:" + PORT, Peer.Role.VOTER)),
        RaftConfig.Start.NEW,
        RaftConfig.Timing.DEFAULT,
        limits,
        null);
  }

  /** It goes in several entries, of which not all may wait at once. */
  @Test
  void batchThatIsLargerThanWhatMayWaitIsAppended() throws Exception {
    log.close();
    RaftConfig.Limits small = new RaftConfig.Limits(1 << 16, 100, 1 << 18, 1_000, 100, 1 << 20);
    log =
        QuorumLog.open(
            folder.resolve("rowan.db"),
            config(CLUSTER, small),
            new Membership(List.of()),
            relay,
            relay);
    Head before = log.head();
    List<LogRow> rows =
        IntStream.range(0, 80).mapToObj(i -> batches.put("k" + i, "v".repeat(10_000))).toList();
    Batch large = batches.next(rows);

    log.append(large);

    assertThat(log.head()).isEqualTo(batches.head());
    assertThat(log.changesSince(before, 1_000).rows()).hasSize(80);
  }

  @Test
  void batchThatIsOvertakenChangesNothing() throws LogException {
    Head before = log.head();
    log.append(batches.next(batches.put("a", "1")));
    Batch late = new Batches(before).next(new Batches(before).put("b", "1"));

    assertThatThrownBy(() -> log.append(late)).isInstanceOf(LogException.Conflict.class);

    assertThat(log.head()).isEqualTo(batches.head());
  }

  @Test
  void fileOfAnotherClusterIsRefused() {
    log.close();

    assertThatThrownBy(() ->
            QuorumLog.open(
                folder.resolve("rowan.db"), config(9), new Membership(List.of()), relay, relay))
        .isInstanceOf(LogException.Conflict.class)
        .hasMessageContaining("is of cluster 0000000000000077, and this member is of");
  }
}
