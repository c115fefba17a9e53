package dev.rowan.it.clients;

import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Scrape;
import dev.rowan.it.Server;
import dev.rowan.it.cases.JwtCases;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGetRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.v3electionpb.CampaignRequest;
import dev.rowan.proto.v3electionpb.ElectionGrpc;
import dev.rowan.proto.v3lockpb.LockGrpc;
import dev.rowan.proto.v3lockpb.LockRequest;
import dev.rowan.proto.v3lockpb.UnlockRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** what becomes of calls whose token has ended, or is older than the auth store. */
final class OldTokensIT {
  private static Channel bearing(Client client, String token) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), token);
    return ClientInterceptors.intercept(
        client.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static String login(Client client, String name) {
    return AuthGrpc.newBlockingStub(client.channel())
        .authenticate(AuthenticateRequest.newBuilder().setName(name).setPassword(name).build())
        .getToken();
  }

  private static void addRoot(AuthGrpc.AuthBlockingStub auth, String name) {
    var _ = auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build());
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(name).setRole("root").build());
  }

  @Test
  void anAdministratorWhosePasswordWasChangedMustLogInAgain() {
    try (Server server = Rowan.overSqlite("--bcrypt-cost=4", JwtCases.flag());
        Client client = server.client()) {
      var auth = AuthGrpc.newBlockingStub(client.channel());
      addRoot(auth, "root");
      addRoot(auth, "admin");
      var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
      String token = login(client, "admin");
      Channel admin = bearing(client, token);
      for (ThrowingCallable call : calls(admin)) {
        assertThat(catchThrowable(call)).isNull();
      }

      var _ =
          AuthGrpc.newBlockingStub(bearing(client, login(client, "root")))
              .userChangePassword(
                  AuthUserChangePasswordRequest.newBuilder()
                      .setName("admin")
                      .setPassword("admin")
                      .build());

      for (ThrowingCallable call : calls(admin)) {
        assertThatThrownBy(call)
            .hasMessage("INVALID_ARGUMENT: etcdserver: revision of auth store is old");
      }
      Channel again = bearing(client, login(client, "admin"));
      assertThat(
              ClusterGrpc.newBlockingStub(again)
                  .memberList(MemberListRequest.getDefaultInstance())
                  .getMembersCount())
          .isEqualTo(1);
    }
  }

  /** LK-1, EL-1: the caller can't prove any more who it is, and leaves nothing all the same. */
  @Test
  void whoeverWaitsWithATokenThatEndsLeavesNoKeyBehind() throws Exception {
    int metrics = Ports.free();
    try (Server server =
            Rowan.overSqlite(
                "--bcrypt-cost=4", "--listen-metrics-urls=http://127.0.0.1:" + metrics);
        Client client = server.client()) {
      var auth = AuthGrpc.newBlockingStub(client.channel());
      addRoot(auth, "root");
      addRoot(auth, "alice");
      var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());
      Channel root = bearing(client, login(client, "root"));
      for (int lease = 1; lease <= 4; lease++) {
        var _ =
            LeaseGrpc.newBlockingStub(root)
                .leaseGrant(LeaseGrantRequest.newBuilder().setID(lease).setTTL(10_000).build());
      }
      var _ = LockGrpc.newBlockingStub(root).lock(lock(1));
      Channel alice = bearing(client, login(client, "alice"));
      var locking = LockGrpc.newFutureStub(alice).lock(lock(2));
      var campaigning =
          ElectionGrpc.newFutureStub(alice)
              .campaign(CampaignRequest.newBuilder().setName(bytes("l")).setLease(3).build());
      var leaving = LockGrpc.newFutureStub(alice).lock(lock(4));
      awaitKeys(root, 4);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> Scrape.of(metrics).value("rowan_watchers") == 3);
      var _ =
          AuthGrpc.newBlockingStub(root)
              .userChangePassword(
                  AuthUserChangePasswordRequest.newBuilder()
                      .setName("alice")
                      .setPassword("alice")
                      .build());

      assertThat(leaving.cancel(true)).isTrue();
      awaitKeys(root, 3);
      var _ =
          LockGrpc.newBlockingStub(root)
              .unlock(UnlockRequest.newBuilder().setKey(bytes("l/1")).build());

      for (Future<?> waiting : List.of(locking, campaigning)) {
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
            .hasRootCauseMessage("UNKNOWN: etcdserver: invalid auth token");
      }
      awaitKeys(root, 0);
    }
  }

  private static LockRequest lock(long leaseId) {
    return LockRequest.newBuilder().setName(bytes("l")).setLease(leaseId).build();
  }

  private static void awaitKeys(Channel as, int keys) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            KVGrpc.newBlockingStub(as)
                    .range(range("l/", "l0").setCountOnly(true).build())
                    .getCount()
                == keys);
  }

  private static List<ThrowingCallable> calls(Channel as) {
    var maintenance = MaintenanceGrpc.newBlockingStub(as);
    var auth = AuthGrpc.newBlockingStub(as);
    return List.of(
        () -> maintenance.status(StatusRequest.getDefaultInstance()),
        () -> maintenance.alarm(AlarmRequest.getDefaultInstance()),
        () -> maintenance.hash(HashRequest.getDefaultInstance()),
        () -> maintenance.snapshot(SnapshotRequest.getDefaultInstance()).forEachRemaining(_ -> {}),
        () -> ClusterGrpc.newBlockingStub(as).memberList(MemberListRequest.getDefaultInstance()),
        () ->
            LeaseGrpc.newBlockingStub(as)
                .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(60).build()),
        () -> auth.userGet(AuthUserGetRequest.newBuilder().setName("admin").build()),
        () -> auth.userGet(AuthUserGetRequest.newBuilder().setName("root").build()));
  }
}
