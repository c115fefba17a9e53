package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;

/**
 * How Ratis talks to other members: its messages over {@link PeerLinks}. The listening side is
 * {@link PeerServer}, which is open before Ratis starts. Any thread.
 */
final class PeerRpc implements RaftServerRpc, ServerFactory {
  private static final RpcType TYPE = new PeerRpcType();

  private final PeerLinks links;
  private final InetSocketAddress address;
  private final Duration heartbeat;
  private final Duration timeout;

  /** The newest that sends to each other member, of this or of an earlier leadership. */
  private final Map<RaftPeerId, Appender> appenders = new ConcurrentHashMap<>();

  private volatile boolean removed;

  PeerRpc(RaftConfig config, PeerLinks links, InetSocketAddress address) {
    this.links = links;
    this.address = address;
    heartbeat = config.timing().heartbeat();
    timeout = config.timing().election().multipliedBy(2);
  }

  /** Whether a leader told this member that it is no member any more. */
  boolean removed() {
    return removed;
  }

  /** A leader said so. */
  void markRemoved() {
    removed = true;
  }

  /** How far those of these members are that entries are being sent to. */
  List<PeerProgress> progress(Collection<Peer> peers) {
    return appenders.values().stream()
        .filter(Appender::isRunning)
        .map(PeerRpc::progress)
        .filter(progress -> peers.stream().anyMatch(peer -> peer.id() == progress.peerId()))
        .toList();
  }

  private static PeerProgress progress(Appender appender) {
    FollowerInfo follower = appender.getFollower();
    return new PeerProgress(
        Peers.id(follower.getId()),
        follower.getMatchIndex(),
        Duration.ofMillis(follower.getLastRpcResponseTime().elapsedTimeMs()));
  }

  @Override
  public LogAppender newLogAppender(
      RaftServer.Division server, LeaderState state, FollowerInfo follower) {
    Appender appender = new Appender(server, state, follower, this, heartbeat);
    appenders.put(follower.getId(), appender);
    return appender;
  }

  @Override
  public RaftServerRpc newRaftServerRpc(RaftServer server) {
    return this;
  }

  @Override
  public RpcType getRpcType() {
    return TYPE;
  }

  @Override
  public void start() {}

  @Override
  public InetSocketAddress getInetSocketAddress() {
    return address;
  }

  @Override
  public void addRaftPeers(Collection<RaftPeer> peers) {
    peers.forEach(peer -> links.address(Peers.id(peer.getId()), peer.getAddress()));
  }

  @Override
  public void handleException(RaftPeerId peer, Exception thrown, boolean reconnect) {}

  @Override
  public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
    RequestVoteReplyProto reply =
        await(
            call(
                request.getServerRequest().getReplyId().asReadOnlyByteBuffer(),
                Frame.VOTE,
                request,
                RequestVoteReplyProto.parser()));
    if (reply.getShouldShutdown()) {
      removed = true;
    }
    return reply;
  }

  /** Appends without waiting: the future is completed by an event loop. */
  CompletableFuture<AppendEntriesReplyProto> append(AppendEntriesRequestProto request) {
    return call(
        request.getServerRequest().getReplyId().asReadOnlyByteBuffer(),
        Frame.APPEND,
        request,
        AppendEntriesReplyProto.parser());
  }

  @Override
  public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
      throws IOException {
    return await(append(request));
  }

  @Override
  public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
      throws IOException {
    return await(
        call(
            request.getServerRequest().getReplyId().asReadOnlyByteBuffer(),
            Frame.SNAPSHOT_NOTICE,
            request,
            InstallSnapshotReplyProto.parser()));
  }

  @Override
  public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
      throws IOException {
    return await(
        call(
            request.getServerRequest().getReplyId().asReadOnlyByteBuffer(),
            Frame.ELECT,
            request,
            StartLeaderElectionReplyProto.parser()));
  }

  private <T> CompletableFuture<T> call(
      ByteBuffer peerId, byte kind, MessageLite request, Parser<T> parser) {
    return links.call(
        Peers.id(peerId), kind, Payload.of(request), timeout, body -> parse(body, parser));
  }

  /** One of Ratis' messages, copied out of a frame. */
  static <T> T parse(ByteBuf body, Parser<T> parser) {
    try {
      return parser.parseFrom(body.nioBuffer());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("a member sent what is no message", e);
    }
  }

  private <T> T await(CompletableFuture<T> reply) throws IOException {
    try {
      return reply.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    } catch (ExecutionException | TimeoutException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
    }
  }

  @Override
  public void close() {}
}
