package dev.rowan.it;

import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One connection to a server, and stubs over it. Safe for concurrent use. */
public record Client(ManagedChannel channel) implements AutoCloseable {
  /** A call that takes longer is a failure. */
  public static final Duration CALL_MAX = Duration.ofSeconds(30);

  /** Connects to a server on this machine; the connection is made at the first call. */
  public static Client connect(int port) {
    return new Client(
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build());
  }

  /** The KV service. */
  public KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_MAX);
  }

  /** The Lease service. */
  public LeaseGrpc.LeaseBlockingStub lease() {
    return LeaseGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_MAX);
  }

  /** The Cluster service. */
  public ClusterGrpc.ClusterBlockingStub cluster() {
    return ClusterGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_MAX);
  }

  /** The Maintenance service. */
  public MaintenanceGrpc.MaintenanceBlockingStub maintenance() {
    return MaintenanceGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_MAX);
  }

  /** Opens a Watch stream. */
  public WatchSession watch() {
    return watch(channel);
  }

  /** Opens a Watch stream over a channel of one's own. */
  public static WatchSession watch(Channel channel) {
    return new WatchSession(StreamSession.open(channel, WatchGrpc.getWatchMethod()));
  }

  /** Opens a LeaseKeepAlive stream. */
  public LeaseSession keepAlive() {
    return keepAlive(channel);
  }

  /** Opens a LeaseKeepAlive stream over a channel of one's own. */
  public static LeaseSession keepAlive(Channel channel) {
    return new LeaseSession(StreamSession.open(channel, LeaseGrpc.getLeaseKeepAliveMethod()));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
