package dev.rowan.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.rowan.proto.etcdserverpb.AuthDisableRequest;
import dev.rowan.proto.etcdserverpb.AuthDisableResponse;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthEnableResponse;
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
import dev.rowan.proto.etcdserverpb.ResponseHeader;

/**
 * What is carried out on the auth store, in the order of all commands.
 *
 * @param <R> the response
 */
public sealed interface AuthCommand<R> {
  /** Bytes that it keeps while it waits. */
  default int sizeBytes() {
    return this instanceof OfClient<?> call ? call.request().getSerializedSize() : 0;
  }

  /** A request of the Auth service. No password is in it, but its hash may be. */
  sealed interface OfClient<R> extends AuthCommand<R> {
    MessageLite request();
  }

  record Enable(AuthEnableRequest request) implements OfClient<AuthEnableResponse> {}

  record Disable(AuthDisableRequest request) implements OfClient<AuthDisableResponse> {}

  record Status(AuthStatusRequest request) implements OfClient<AuthStatusResponse> {}

  record UserAdd(AuthUserAddRequest request) implements OfClient<AuthUserAddResponse> {}

  record UserGet(AuthUserGetRequest request) implements OfClient<AuthUserGetResponse> {}

  record UserList(AuthUserListRequest request) implements OfClient<AuthUserListResponse> {}

  record UserDelete(AuthUserDeleteRequest request) implements OfClient<AuthUserDeleteResponse> {}

  record ChangePassword(AuthUserChangePasswordRequest request)
      implements OfClient<AuthUserChangePasswordResponse> {}

  record UserGrantRole(AuthUserGrantRoleRequest request)
      implements OfClient<AuthUserGrantRoleResponse> {}

  record UserRevokeRole(AuthUserRevokeRoleRequest request)
      implements OfClient<AuthUserRevokeRoleResponse> {}

  record RoleAdd(AuthRoleAddRequest request) implements OfClient<AuthRoleAddResponse> {}

  record RoleGet(AuthRoleGetRequest request) implements OfClient<AuthRoleGetResponse> {}

  record RoleList(AuthRoleListRequest request) implements OfClient<AuthRoleListResponse> {}

  record RoleDelete(AuthRoleDeleteRequest request) implements OfClient<AuthRoleDeleteResponse> {}

  record RoleGrantPermission(AuthRoleGrantPermissionRequest request)
      implements OfClient<AuthRoleGrantPermissionResponse> {}

  record RoleRevokePermission(AuthRoleRevokePermissionRequest request)
      implements OfClient<AuthRoleRevokePermissionResponse> {}

  /**
   * Logs a user in whose password was found right.
   *
   * @param hash what the password was checked against: if it is another by now, nothing is done
   * @param letters of the simple token to be issued; empty if tokens aren't simple
   */
  record Login(String user, ByteString hash, String letters) implements AuthCommand<LoggedIn> {}

  /**
   * The outcome of a login.
   *
   * @param again whether the password was changed since it was checked: check again
   * @param token the simple token, empty if tokens aren't simple
   */
  record LoggedIn(ResponseHeader header, boolean again, long authRevision, String token) {}

  /** Tells other instances that a token is in use. */
  record RenewToken(ByteString digest) implements AuthCommand<Boolean> {}

  /** Forgets the tokens whose time is over. Answers how many. */
  record EndTokens() implements AuthCommand<Integer> {}
}
