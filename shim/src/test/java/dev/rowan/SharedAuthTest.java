package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.grpc.CallTracers;
import dev.rowan.grpc.LocalChannel;
import dev.rowan.grpc.TestCall;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthGrpc.AuthBlockingStub;
import dev.rowan.proto.etcdserverpb.AuthRoleAddRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** T-8 on two instances over one log, of which one knows of the other's changes late. */
class SharedAuthTest {
  private static final String DENIED = "PERMISSION_DENIED: etcdserver: permission denied";
  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  @TempDir Path folder;
  private RevisionLog log;
  private SharedLog othersLog;
  private Instance one;
  private Instance other;
  private AuthBlockingStub root;

  /** Those that the other instance may read, once it is told to heed them. */
  private final Semaphore pages = new Semaphore(1);

  private record Instance(Store store, LocalChannel local) {
    Channel as(String token) {
      Metadata headers = new Metadata();
      headers.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), token);
      return ClientInterceptors.intercept(
          local.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    void close() {
      local.close();
      store.close();
    }
  }

  private Instance open(SharedLog shared, String name) throws Exception {
    ServerConfig config = config("--name=" + name);
    Store store =
        new Store(
            shared,
            null,
            config,
            new Metrics("test"),
            new Host(
                List::of,
                () -> Runnable::run,
                defect -> {
                  throw new AssertionError(defect);
                }));
    return new Instance(
        store,
        LocalChannel.open(
            new Services(store, config).all(),
            config.limits().messageBytesMax(),
            CallTracers.none(),
            new ForwardedCredentials()));
  }

  private ServerConfig config(String... flags) throws UsageException {
    List<String> all = new ArrayList<>(List.of("--data-dir=" + folder, "--bcrypt-cost=4"));
    all.addAll(List.of(flags));
    return ((Request.Serve) CommandLine.parse(all, Map.of(), false)).config();
  }

  /** Root, and alice who may read k; auth is on. */
  @BeforeEach
  void start() throws Exception {
    log = config().endpoint().open(true);
    othersLog = new SharedLog(log);
    one = open(new SharedLog(log), "one");
    other = open(othersLog, "other");
    AuthBlockingStub auth = AuthGrpc.newBlockingStub(one.local.channel());
    for (String name : List.of("root", "alice")) {
      var _ = auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build());
    }
    grantRole(auth, "root", "root");
    var _ = auth.roleAdd(AuthRoleAddRequest.newBuilder().setName("part").build());
    Permission permission =
        Permission.newBuilder().setPermType(Permission.Type.READ).setKey(KEY).build();
    var _ =
        auth.roleGrantPermission(
            AuthRoleGrantPermissionRequest.newBuilder()
                .setName("part")
                .setPerm(permission)
                .build());
    grantRole(auth, "alice", "part");
    var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
    root = AuthGrpc.newBlockingStub(one.as(login("root")));
  }

  @AfterEach
  void stop() {
    pages.release(1_000);
    other.close();
    one.close();
    log.close();
  }

  private static void grantRole(AuthBlockingStub auth, String user, String role) {
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build());
  }

  private void revokeRole(String user, String role) {
    var _ =
        root.userRevokeRole(
            AuthUserRevokeRoleRequest.newBuilder().setName(user).setRole(role).build());
  }

  private String login(String name) {
    return AuthGrpc.newBlockingStub(one.local.channel())
        .authenticate(AuthenticateRequest.newBuilder().setName(name).setPassword(name).build())
        .getToken();
  }

  /** A user's calls to the other instance, which knows of all that was done until now. */
  private Channel known(String name) {
    Channel channel = other.as(login(name));
    var _ = MaintenanceGrpc.newBlockingStub(channel).status(StatusRequest.getDefaultInstance());
    return channel;
  }

  @Test
  void whatNobodyLooksAtAgainIsJudgedByTheNewestState() {
    grantRole(root, "alice", "root");
    var maintenance = MaintenanceGrpc.newBlockingStub(known("alice"));
    List<ThrowingCallable> calls =
        List.of(
            () -> maintenance.hash(HashRequest.getDefaultInstance()),
            () -> maintenance.hashKV(HashKVRequest.getDefaultInstance()),
            () ->
                maintenance
                    .snapshot(SnapshotRequest.getDefaultInstance())
                    .forEachRemaining(_ -> {}),
            () -> maintenance.defragment(DefragmentRequest.getDefaultInstance()));

    for (ThrowingCallable call : calls) {
      grantRole(root, "alice", "root");
      var _ = maintenance.hash(HashRequest.getDefaultInstance());
      revokeRole("alice", "root");

      assertThatThrownBy(call).hasMessage(DENIED);
    }
  }

  @Test
  void nobodyIsRefusedByAnOlderState() {
    var cluster = ClusterGrpc.newBlockingStub(known("alice"));

    grantRole(root, "alice", "root");

    assertThatThrownBy(() ->
            cluster.memberAdd(
                MemberAddRequest.newBuilder().addPeerURLs("http://127.0.0.1:1").build()))
        .hasMessageStartingWith("FAILED_PRECONDITION: rowan: this server has no peers");
  }

  @Test
  void aWatchIsJudgedByTheNewestState() throws Exception {
    Channel alice = known("alice");
    assertThat(watch(alice).getCanceled()).isFalse();

    revokeRole("alice", "part");

    assertThat(watch(alice).getCancelReason()).endsWith("etcdserver: permission denied");
  }

  /** The first response. */
  private static WatchResponse watch(Channel channel) throws Exception {
    var call = new TestCall<WatchResponse>();
    StreamObserver<WatchRequest> requests = WatchGrpc.newStub(channel).watch(call);
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(KEY))
            .build());
    WatchResponse response = call.answer.get(20, TimeUnit.SECONDS);
    requests.onCompleted();
    return response;
  }

  /** Rows come in pages, and the permissions that were changed among them with the last. */
  @Test
  void noReadSeesRowsThatAreNewerThanThePermissions() throws Exception {
    put("k", "known");
    var alice = KVGrpc.newFutureStub(known("alice"));
    RangeRequest stale = RangeRequest.newBuilder().setKey(KEY).setSerializable(true).build();
    assertThat(value(alice.range(stale).get(20, TimeUnit.SECONDS))).isEqualTo("known");
    othersLog.pageRows = 2;
    othersLog.pages = pages;
    var _ =
        root.roleRevokePermission(
            AuthRoleRevokePermissionRequest.newBuilder().setRole("part").setKey(KEY).build());
    long secret = put("k", "secret");
    for (int i = 0; i < 3; i++) {
      put("other", "filling");
    }

    var current =
        KVGrpc.newFutureStub(other.as(login("root")))
            .range(RangeRequest.newBuilder().setKey(KEY).build());
    await().until(() -> other.store.loaded.index().view().revision() >= secret);
    var read = alice.range(stale);
    pages.release(1_000);

    assertThat(value(current.get(20, TimeUnit.SECONDS))).isEqualTo("secret");
    assertThatThrownBy(() -> read.get(20, TimeUnit.SECONDS)).hasRootCauseMessage(DENIED);
  }

  private static String value(RangeResponse response) {
    return response.getKvs(0).getValue().toStringUtf8();
  }

  private long put(String key, String value) {
    return KVGrpc.newBlockingStub(one.as(login("root")))
        .put(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value))
                .build())
        .getHeader()
        .getRevision();
  }
}
