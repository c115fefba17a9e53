package dev.rowan.moving;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import dev.rowan.snapshot.SnapshotException;
import dev.rowan.tls.ClientCredentials;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A connection to an etcd that runs. For one thread. */
final class LiveEtcd implements AutoCloseable {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final int DEFAULT_PORT = 2379;

  /** For one call, but for those that read everything. */
  private static final int CALL_SECONDS = 60;

  private static final int HASH_MINUTES = 30;

  /** An answer that doesn't come is noticed by pings; etcd allows one in five seconds. */
  private static final int PING_SECONDS = 30;

  private final LiveSource source;
  private final ManagedChannel connection;

  /** With a token, if there is a user. */
  private Channel channel;

  private LiveEtcd(LiveSource source, ManagedChannel connection, Channel channel) {
    this.source = source;
    this.connection = connection;
    this.channel = channel;
  }

  /** Connects, and logs in if there is a user. */
  static LiveEtcd connect(LiveSource source) throws SnapshotException {
    int port = source.endpoint().getPort();
    ManagedChannel connection =
        Grpc.newChannelBuilderForAddress(
                source.endpoint().getHost(), port < 0 ? DEFAULT_PORT : port, credentials(source))
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
            .build();
    try {
      return new LiveEtcd(source, connection, loggedIn(source, connection));
    } catch (StatusRuntimeException e) {
      connection.shutdownNow();
      throw failed(source, "logging in", e);
    }
  }

  private static ChannelCredentials credentials(LiveSource source) throws SnapshotException {
    if (source.endpoint().getScheme().equals("http")) {
      return InsecureChannelCredentials.create();
    }
    try {
      return ClientCredentials.of(source.caCert(), source.cert(), source.key());
    } catch (IOException | GeneralSecurityException e) {
      throw new SnapshotException(
          "reading the certificates for " + source + ": " + e.getMessage(), e);
    }
  }

  private static Channel loggedIn(LiveSource source, ManagedChannel connection) {
    String user = source.user();
    if (user == null) {
      return connection;
    }
    String[] parts = user.split(":", 2);
    String token =
        AuthGrpc.newBlockingStub(connection)
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .authenticate(
                AuthenticateRequest.newBuilder()
                    .setName(parts[0])
                    .setPassword(parts.length == 2 ? parts[1] : "")
                    .build())
            .getToken();
    Metadata headers = new Metadata();
    headers.put(TOKEN, token);
    return ClientInterceptors.intercept(
        connection, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  RangeResponse range(RangeRequest request) {
    return call(on ->
        KVGrpc.newBlockingStub(on)
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .range(request));
  }

  LeaseTimeToLiveResponse lease(long id) {
    LeaseTimeToLiveRequest request = LeaseTimeToLiveRequest.newBuilder().setID(id).build();
    return call(on ->
        LeaseGrpc.newBlockingStub(on)
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .leaseTimeToLive(request));
  }

  /** Begins a snapshot, whose parts come as they are read. */
  BlockingClientCall<?, SnapshotResponse> snapshot() {
    return MaintenanceGrpc.newBlockingV2Stub(channel)
        .snapshot(SnapshotRequest.getDefaultInstance());
  }

  /** etcd's hash of its keys, for which it reads all of them. */
  HashKVResponse hash(long revision) {
    HashKVRequest request = HashKVRequest.newBuilder().setRevision(revision).build();
    return call(on ->
        MaintenanceGrpc.newBlockingStub(on)
            .withDeadlineAfter(HASH_MINUTES, TimeUnit.MINUTES)
            .hashKV(request));
  }

  /** Makes a call, again with a new token if the one before has ended: a move may take hours. */
  private <R> R call(Function<Channel, R> call) {
    try {
      return call.apply(channel);
    } catch (StatusRuntimeException e) {
      if (source.user() == null || !asksForLogin(e.getStatus())) {
        throw e;
      }
      channel = loggedIn(source, connection);
      return call.apply(channel);
    }
  }

  /** As etcd's own client has it: also where users were changed since the token was given. */
  private static boolean asksForLogin(Status status) {
    String text = String.valueOf(status.getDescription());
    return status.getCode() == Status.Code.UNAUTHENTICATED
        || text.equals(EtcdError.AUTH_OLD_REVISION.text())
        || text.equals(EtcdError.USER_EMPTY.text());
  }

  /** Whether an answer is that a call isn't served; kine has no code of its own for it. */
  static boolean notServed(Status status) {
    String text = String.valueOf(status.getDescription());
    return status.getCode() == Status.Code.UNIMPLEMENTED
        || (status.getCode() == Status.Code.UNKNOWN && text.contains("not supported"));
  }

  /** What went wrong, for the user. */
  SnapshotException failed(String doing, Exception e) {
    return failed(source, doing, e);
  }

  private static SnapshotException failed(LiveSource source, String doing, Exception e) {
    Status status = Status.fromThrowable(e);
    String why =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    Throwable cause = status.getCause();
    return new SnapshotException(
        doing + " at " + source + ": " + why + (cause == null ? "" : ": " + cause.getMessage()), e);
  }

  @Override
  public String toString() {
    return source.toString();
  }

  @Override
  public void close() {
    connection.shutdownNow();
  }
}
