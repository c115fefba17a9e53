package dev.rowan.raft;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;

/** Members in Ratis' words and in ours. */
final class Peers {
  private static final int HEX = 16;

  private Peers() {}

  static RaftPeerId id(long id) {
    return RaftPeerId.valueOf(String.format(Locale.ROOT, "%016x", id));
  }

  static long id(RaftPeerId id) {
    return Long.parseUnsignedLong(id.toString(), HEX);
  }

  static long id(ByteBuffer id) {
    return Long.parseUnsignedLong(StandardCharsets.UTF_8.decode(id).toString(), HEX);
  }

  static String text(InetSocketAddress address) {
    String host = address.getHostString();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  static RaftGroupId group(long clusterId) {
    return RaftGroupId.valueOf(new UUID(clusterId, Frame.MAGIC));
  }

  static RaftPeer of(Peer peer, int priority) {
    return RaftPeer.newBuilder()
        .setId(id(peer.id()))
        .setAddress(peer.address())
        .setPriority(priority)
        .setStartupRole(role(peer.role()))
        .build();
  }

  private static RaftPeerRole role(Peer.Role role) {
    return switch (role) {
      case VOTER -> RaftPeerRole.FOLLOWER;
      case LEARNER -> RaftPeerRole.LISTENER;
    };
  }

  static List<RaftPeer> of(Collection<Peer> peers, Peer.Role role, int priority) {
    return peers.stream()
        .filter(peer -> peer.role() == role)
        .map(peer -> of(peer, priority))
        .toList();
  }

  /** Those of a configuration, in the order of their ids as unsigned numbers. */
  static List<Peer> of(RaftConfiguration configuration) {
    List<Peer> peers = new ArrayList<>();
    for (RaftPeer peer : configuration.getCurrentPeers(RaftPeerRole.FOLLOWER)) {
      peers.add(new Peer(id(peer.getId()), peer.getAddress(), Peer.Role.VOTER));
    }
    for (RaftPeer peer : configuration.getCurrentPeers(RaftPeerRole.LISTENER)) {
      peers.add(new Peer(id(peer.getId()), peer.getAddress(), Peer.Role.LEARNER));
    }
    return sorted(peers);
  }

  static List<Peer> of(RaftConfigurationProto configuration) {
    List<Peer> peers = new ArrayList<>();
    for (RaftPeerProto peer : configuration.getPeersList()) {
      peers.add(of(peer, Peer.Role.VOTER));
    }
    for (RaftPeerProto peer : configuration.getListenersList()) {
      peers.add(of(peer, Peer.Role.LEARNER));
    }
    return sorted(peers);
  }

  private static Peer of(RaftPeerProto peer, Peer.Role role) {
    return new Peer(id(peer.getId().asReadOnlyByteBuffer()), peer.getAddress(), role);
  }

  private static List<Peer> sorted(List<Peer> peers) {
    peers.sort((a, b) -> Long.compareUnsigned(a.id(), b.id()));
    return List.copyOf(peers);
  }
}
