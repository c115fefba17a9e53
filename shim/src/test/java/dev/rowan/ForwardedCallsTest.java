package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.AuthDisableRequest;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthGrpc.AuthBlockingStub;
import dev.rowan.proto.etcdserverpb.AuthRoleAddRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGetRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleListRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthStatusRequest;
import dev.rowan.proto.etcdserverpb.AuthStatusResponse;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordRequest;
import dev.rowan.proto.etcdserverpb.AuthUserDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGetRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthUserListRequest;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.DowngradeRequest;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.KVGrpc.KVBlockingStub;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import io.grpc.Channel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call that is put in order, asked of a member that does not lead. */
class ForwardedCallsTest {
  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  private static final PutRequest OTHER_PUT =
      PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("other")).build();

  @TempDir Path folder;
  private TwoMembers members;
  private int asked;

  @BeforeEach
  void open() throws Exception {
    members = new TwoMembers(folder);
    members.lead(members.one);
    members.one.serve();
    members.other.serve();
  }

  @AfterEach
  void close() {
    members.close();
  }

  /** C-5: with this member's header, and by one call to the one that leads. */
  private <R extends Message> R here(R response) {
    Object header = response.getField(response.getDescriptorForType().findFieldByName("header"));
    long revision = ((ResponseHeader) header).getRevision();
    assertThat(revision).isPositive();
    assertThat(header).isEqualTo(members.other.store.identity.header(revision));
    assertThat(members.other.calls.get()).isEqualTo(++asked);
    return response;
  }

  private static PutRequest put(String value) {
    return PutRequest.newBuilder().setKey(KEY).setValue(ByteString.copyFromUtf8(value)).build();
  }

  @Test
  void kv() {
    KVBlockingStub kv = KVGrpc.newBlockingStub(members.other.channel());

    assertThat(here(kv.put(put("a"))).getHeader().getRevision()).isEqualTo(2);
    var again = here(kv.put(put("b").toBuilder().setPrevKv(true).build()));
    assertThat(again.getPrevKv().getValue().toStringUtf8()).isEqualTo("a");
    TxnResponse txn =
        here(
            kv.txn(
                TxnRequest.newBuilder()
                    .addSuccess(RequestOp.newBuilder().setRequestPut(put("c")))
                    .addSuccess(
                        RequestOp.newBuilder()
                            .setRequestTxn(
                                TxnRequest.newBuilder()
                                    .addFailure(RequestOp.newBuilder().setRequestPut(OTHER_PUT))))
                    .build()));
    assertThat(txn.getSucceeded()).isTrue();
    assertThat(txn.getResponses(0).getResponsePut().getHeader())
        .isEqualTo(ResponseHeader.newBuilder().setRevision(4).build());
    assertThat(txn.getResponses(1).getResponseTxn().getSucceeded()).isTrue();
    assertThat(txn.getResponses(1).getResponseTxn().getHeader())
        .isEqualTo(ResponseHeader.getDefaultInstance());
    DeleteRangeResponse deleted =
        here(kv.deleteRange(DeleteRangeRequest.newBuilder().setKey(KEY).setPrevKv(true).build()));
    assertThat(deleted.getPrevKvs(0).getValue().toStringUtf8()).isEqualTo("c");
    here(kv.compact(CompactionRequest.newBuilder().setRevision(3).build()));
    // Its answer waits for this member's own pruning too.
    here(kv.compact(CompactionRequest.newBuilder().setRevision(4).setPhysical(true).build()));
    assertThat(members.other.store.loaded.index().view().compactRevision()).isEqualTo(4);
  }

  @Test
  void lease() throws Exception {
    Channel channel = members.other.channel();
    var leases = LeaseGrpc.newBlockingStub(channel);

    LeaseGrantResponse granted =
        here(leases.leaseGrant(LeaseGrantRequest.newBuilder().setTTL(100).build()));
    assertThat(granted.getID()).isPositive();
    LeaseKeepAliveRequest renewal =
        LeaseKeepAliveRequest.newBuilder().setID(granted.getID()).build();
    var answer = new dev.rowan.grpc.TestCall<LeaseKeepAliveResponse>();
    var stream = LeaseGrpc.newStub(channel).leaseKeepAlive(answer);
    stream.onNext(renewal);
    assertThat(here(answer.answer.get(20, TimeUnit.SECONDS)).getTTL()).isEqualTo(100);
    stream.onCompleted();
    LeaseTimeToLiveResponse time =
        here(
            leases.leaseTimeToLive(
                LeaseTimeToLiveRequest.newBuilder().setID(granted.getID()).build()));
    assertThat(time.getGrantedTTL()).isEqualTo(100);
    var all = here(leases.leaseLeases(LeaseLeasesRequest.getDefaultInstance()));
    assertThat(all.getLeasesList())
        .singleElement()
        .satisfies(lease -> assertThat(lease.getID()).isEqualTo(granted.getID()));
    here(leases.leaseRevoke(LeaseRevokeRequest.newBuilder().setID(granted.getID()).build()));
  }

  @Test
  void maintenance() {
    var maintenance = MaintenanceGrpc.newBlockingStub(members.other.channel());
    AlarmRequest.Builder alarm =
        AlarmRequest.newBuilder().setMemberID(7).setAlarm(AlarmType.NOSPACE);
    AlarmMember raised =
        AlarmMember.newBuilder().setMemberID(7).setAlarm(AlarmType.NOSPACE).build();

    assertThat(
            here(maintenance.alarm(alarm.setAction(AlarmAction.ACTIVATE).build())).getAlarmsList())
        .containsExactly(raised);
    assertThat(here(maintenance.alarm(alarm.setAction(AlarmAction.GET).build())).getAlarmsList())
        .containsExactly(raised);
    here(maintenance.alarm(alarm.setAction(AlarmAction.DEACTIVATE).build()));
    DowngradeRequest downgrade =
        DowngradeRequest.newBuilder()
            .setAction(DowngradeAction.VALIDATE)
            .setVersion("3.6.0")
            .build();
    assertThat(here(maintenance.downgrade(downgrade)).getVersion()).isEqualTo("3.7");
    here(
        maintenance.downgrade(
            DowngradeRequest.newBuilder().setAction(DowngradeAction.CANCEL).build()));
  }

  @Test
  void auth() {
    AuthBlockingStub auth = AuthGrpc.newBlockingStub(members.other.channel());
    addUsersAndRoles(auth);

    here(auth.authEnable(AuthEnableRequest.getDefaultInstance()));
    AuthStatusResponse status = here(auth.authStatus(AuthStatusRequest.getDefaultInstance()));
    assertThat(status.getEnabled()).isTrue();
    var login =
        here(
            auth.authenticate(
                AuthenticateRequest.newBuilder().setName("root").setPassword("new").build()));
    AuthBlockingStub root = AuthGrpc.newBlockingStub(members.other.as(login.getToken()));
    assertThat(here(root.userList(AuthUserListRequest.getDefaultInstance())).getUsersList())
        .containsExactly("root");
    here(root.authDisable(AuthDisableRequest.getDefaultInstance()));
    assertThat(members.other.store.authenticator.state().enabled()).isFalse();
  }

  private void addUsersAndRoles(AuthBlockingStub auth) {
    Permission permission =
        Permission.newBuilder().setPermType(Permission.Type.READ).setKey(KEY).build();
    here(auth.roleAdd(AuthRoleAddRequest.newBuilder().setName("part").build()));
    here(
        auth.roleGrantPermission(
            AuthRoleGrantPermissionRequest.newBuilder()
                .setName("part")
                .setPerm(permission)
                .build()));
    assertThat(
            here(auth.roleGet(AuthRoleGetRequest.newBuilder().setRole("part").build()))
                .getPermList())
        .containsExactly(permission);
    assertThat(here(auth.roleList(AuthRoleListRequest.getDefaultInstance())).getRolesList())
        .containsExactly("part");
    for (String name : new String[] {"root", "alice"}) {
      here(auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build()));
      for (String role : new String[] {"root", "part"}) {
        here(
            auth.userGrantRole(
                AuthUserGrantRoleRequest.newBuilder().setUser(name).setRole(role).build()));
      }
    }
    here(
        auth.userRevokeRole(
            AuthUserRevokeRoleRequest.newBuilder().setName("alice").setRole("root").build()));
    assertThat(
            here(auth.userGet(AuthUserGetRequest.newBuilder().setName("alice").build()))
                .getRolesList())
        .containsExactly("part");
    here(
        auth.userChangePassword(
            AuthUserChangePasswordRequest.newBuilder().setName("root").setPassword("new").build()));
    here(auth.userDelete(AuthUserDeleteRequest.newBuilder().setName("alice").build()));
    here(
        auth.roleRevokePermission(
            AuthRoleRevokePermissionRequest.newBuilder().setRole("part").setKey(KEY).build()));
    here(auth.roleDelete(AuthRoleDeleteRequest.newBuilder().setRole("part").build()));
  }
}
