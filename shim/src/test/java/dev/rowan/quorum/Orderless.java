package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import dev.rowan.raft.LogPosition;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftMember;
import dev.rowan.raft.RaftStateMachine;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Members of a quorum that have a leader and call each other, but put nothing in order. */
public final class Orderless implements RaftStateMachine {
  private static final long CLUSTER = 77;

  private volatile LogPosition position = LogPosition.NONE;

  private Orderless() {}

  /** Those with these ids, on loopback. */
  public static List<Peer> peers(long... ids) throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (long id : ids) {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        peers.add(new Peer(id, "127.0.0.1:" + socket.getLocalPort(), Peer.Role.VOTER));
      }
    }
    return peers;
  }

  /** Opens one of them. */
  public static RaftMember open(long id, List<Peer> peers, CommandRelay relay, Path folder)
      throws Exception {
    String address =
        peers.stream().filter(peer -> peer.id() == id).findFirst().orElseThrow().address();
    int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    RaftConfig config =
        new RaftConfig(
            CLUSTER,
            id,
            Files.createDirectories(folder.resolve("raft-" + id)),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            peers,
            RaftConfig.Start.NEW,
            RaftConfig.Timing.DEFAULT,
            RaftConfig.Limits.DEFAULT,
            null);
    return RaftMember.open(config, new Orderless(), relay, relay);
  }

  @Override
  public LogPosition applied() {
    return position;
  }

  @Override
  public void apply(LogPosition next, ByteString entry) {
    position = next;
  }

  @Override
  public void configured(LogPosition next, List<Peer> members) {
    position = next;
  }

  @Override
  public void passed(LogPosition next) {
    position = next;
  }

  @Override
  public LogPosition persist() {
    return position;
  }

  @Override
  public LogPosition snapshot(Path to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void install(Path from, LogPosition installed) {
    throw new UnsupportedOperationException();
  }
}
