package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.rowan.it.Client;
import dev.rowan.it.Rowan;
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
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** a JSON web token that is older than the auth store is good for no call that needs one. */
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
