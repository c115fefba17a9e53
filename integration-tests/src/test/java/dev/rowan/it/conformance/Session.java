package dev.rowan.it.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.authpb.UserAddOptions;
import dev.rowan.proto.etcdserverpb.AuthDisableRequest;
import dev.rowan.proto.etcdserverpb.AuthDisableResponse;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthEnableResponse;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthRoleAddRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleAddResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGetRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGetResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleListRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleListResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionResponse;
import dev.rowan.proto.etcdserverpb.AuthStatusRequest;
import dev.rowan.proto.etcdserverpb.AuthStatusResponse;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserAddResponse;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordRequest;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordResponse;
import dev.rowan.proto.etcdserverpb.AuthUserDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthUserDeleteResponse;
import dev.rowan.proto.etcdserverpb.AuthUserGetRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGetResponse;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleResponse;
import dev.rowan.proto.etcdserverpb.AuthUserListRequest;
import dev.rowan.proto.etcdserverpb.AuthUserListResponse;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleResponse;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateResponse;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.MetadataUtils;

/** The calls of one user, or of nobody, of a side; written down with whose they are. */
public final class Session {
  private final Side side;
  private final String who;
  private final Channel channel;

  private Session(Side side, String who, Channel channel) {
    this.side = side;
    this.who = who;
    this.channel = channel;
  }

  /** Calls without credentials. */
  public static Session nobody(Side side) {
    return new Session(side, "nobody", side.client().channel());
  }

  /** Calls with a piece of metadata. */
  public Session with(String whose, String header, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return new Session(
        side,
        whose,
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
  }

  /** Logs in, which is written down without the token. */
  public String token(String name, String password) {
    return call(
            AuthGrpc.getAuthenticateMethod(),
            AuthenticateRequest.newBuilder().setName(name).setPassword(password).build(),
            AuthenticateResponse.getDefaultInstance())
        .getToken();
  }

  /** Logs in, and gives the calls with the token; the password is the name. */
  public Session login(String name) {
    return nobody(side).with(name, "token", token(name, name));
  }

  /** Makes a call. */
  public <Q extends Message, R extends Message> R call(
      MethodDescriptor<Q, R> method, Q request, R empty) {
    side.note("by", who);
    return side.call(channel, method, request, empty);
  }

  /** Opens a Watch stream. */
  public Watches watches() {
    side.note("watches of", who);
    return side.watches(channel);
  }

  /** Opens a LeaseKeepAlive stream. */
  public KeepAlives keepAlives() {
    side.note("keepalives of", who);
    return side.keepAlives(channel);
  }

  /** Ranges as a stream. */
  public void rangeStream(RangeRequest.Builder request) {
    side.note("stream of", who);
    side.rangeStream(channel, request);
  }

  public void range(RangeRequest.Builder request) {
    call(KVGrpc.getRangeMethod(), request.build(), RangeResponse.getDefaultInstance());
  }

  public void put(PutRequest.Builder request) {
    call(KVGrpc.getPutMethod(), request.build(), PutResponse.getDefaultInstance());
  }

  public void delete(DeleteRangeRequest.Builder request) {
    call(KVGrpc.getDeleteRangeMethod(), request.build(), DeleteRangeResponse.getDefaultInstance());
  }

  public void txn(TxnRequest.Builder request) {
    call(KVGrpc.getTxnMethod(), request.build(), TxnResponse.getDefaultInstance());
  }

  public void grant(long leaseId) {
    call(
        LeaseGrpc.getLeaseGrantMethod(),
        LeaseGrantRequest.newBuilder().setTTL(1000 + leaseId).setID(leaseId).build(),
        LeaseGrantResponse.getDefaultInstance());
  }

  public void revoke(long leaseId) {
    call(
        LeaseGrpc.getLeaseRevokeMethod(),
        LeaseRevokeRequest.newBuilder().setID(leaseId).build(),
        LeaseRevokeResponse.getDefaultInstance());
  }

  public void timeToLive(long leaseId, boolean keys) {
    call(
        LeaseGrpc.getLeaseTimeToLiveMethod(),
        LeaseTimeToLiveRequest.newBuilder().setID(leaseId).setKeys(keys).build(),
        LeaseTimeToLiveResponse.getDefaultInstance());
  }

  public void leases() {
    call(
        LeaseGrpc.getLeaseLeasesMethod(),
        LeaseLeasesRequest.getDefaultInstance(),
        LeaseLeasesResponse.getDefaultInstance());
  }

  public void enable() {
    call(
        AuthGrpc.getAuthEnableMethod(),
        AuthEnableRequest.getDefaultInstance(),
        AuthEnableResponse.getDefaultInstance());
  }

  public void disable() {
    call(
        AuthGrpc.getAuthDisableMethod(),
        AuthDisableRequest.getDefaultInstance(),
        AuthDisableResponse.getDefaultInstance());
  }

  public void status() {
    call(
        AuthGrpc.getAuthStatusMethod(),
        AuthStatusRequest.getDefaultInstance(),
        AuthStatusResponse.getDefaultInstance());
  }

  /** Adds a user whose password is the name. */
  public void addUser(String name) {
    addUser(AuthUserAddRequest.newBuilder().setName(name).setPassword(name));
  }

  public void addUserWithoutPassword(String name) {
    addUser(
        AuthUserAddRequest.newBuilder()
            .setName(name)
            .setOptions(UserAddOptions.newBuilder().setNoPassword(true)));
  }

  public void addUser(AuthUserAddRequest.Builder request) {
    call(AuthGrpc.getUserAddMethod(), request.build(), AuthUserAddResponse.getDefaultInstance());
  }

  public void getUser(String name) {
    call(
        AuthGrpc.getUserGetMethod(),
        AuthUserGetRequest.newBuilder().setName(name).build(),
        AuthUserGetResponse.getDefaultInstance());
  }

  public void listUsers() {
    call(
        AuthGrpc.getUserListMethod(),
        AuthUserListRequest.getDefaultInstance(),
        AuthUserListResponse.getDefaultInstance());
  }

  public void deleteUser(String name) {
    call(
        AuthGrpc.getUserDeleteMethod(),
        AuthUserDeleteRequest.newBuilder().setName(name).build(),
        AuthUserDeleteResponse.getDefaultInstance());
  }

  public void changePassword(AuthUserChangePasswordRequest.Builder request) {
    call(
        AuthGrpc.getUserChangePasswordMethod(),
        request.build(),
        AuthUserChangePasswordResponse.getDefaultInstance());
  }

  public void changePassword(String name, String password) {
    changePassword(AuthUserChangePasswordRequest.newBuilder().setName(name).setPassword(password));
  }

  public void grantRole(String user, String role) {
    call(
        AuthGrpc.getUserGrantRoleMethod(),
        AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build(),
        AuthUserGrantRoleResponse.getDefaultInstance());
  }

  public void revokeRole(String user, String role) {
    call(
        AuthGrpc.getUserRevokeRoleMethod(),
        AuthUserRevokeRoleRequest.newBuilder().setName(user).setRole(role).build(),
        AuthUserRevokeRoleResponse.getDefaultInstance());
  }

  public void addRole(String name) {
    call(
        AuthGrpc.getRoleAddMethod(),
        AuthRoleAddRequest.newBuilder().setName(name).build(),
        AuthRoleAddResponse.getDefaultInstance());
  }

  public void getRole(String name) {
    call(
        AuthGrpc.getRoleGetMethod(),
        AuthRoleGetRequest.newBuilder().setRole(name).build(),
        AuthRoleGetResponse.getDefaultInstance());
  }

  public void listRoles() {
    call(
        AuthGrpc.getRoleListMethod(),
        AuthRoleListRequest.getDefaultInstance(),
        AuthRoleListResponse.getDefaultInstance());
  }

  public void deleteRole(String name) {
    call(
        AuthGrpc.getRoleDeleteMethod(),
        AuthRoleDeleteRequest.newBuilder().setRole(name).build(),
        AuthRoleDeleteResponse.getDefaultInstance());
  }

  public void permit(String role, Permission.Type type, String key, String end) {
    Permission permission =
        Permission.newBuilder()
            .setPermType(type)
            .setKey(Requests.bytes(key))
            .setRangeEnd(Requests.bytes(end))
            .build();
    permit(AuthRoleGrantPermissionRequest.newBuilder().setName(role).setPerm(permission));
  }

  public void permit(AuthRoleGrantPermissionRequest.Builder request) {
    call(
        AuthGrpc.getRoleGrantPermissionMethod(),
        request.build(),
        AuthRoleGrantPermissionResponse.getDefaultInstance());
  }

  public void forbid(String role, String key, String end) {
    ByteString rangeEnd = Requests.bytes(end);
    call(
        AuthGrpc.getRoleRevokePermissionMethod(),
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole(role)
            .setKey(Requests.bytes(key))
            .setRangeEnd(rangeEnd)
            .build(),
        AuthRoleRevokePermissionResponse.getDefaultInstance());
  }
}
