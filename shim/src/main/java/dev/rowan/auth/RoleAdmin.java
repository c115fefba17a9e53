package dev.rowan.auth;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.authpb.Role;
import dev.rowan.proto.authpb.User;
import dev.rowan.proto.etcdserverpb.AuthRoleAddRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleAddResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGetRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGetResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleListResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The part of {@link AuthAdmin} that is about roles and their permissions. */
final class RoleAdmin {
  /** What RoleGet says of the role root. */
  private static final Permission EVERYTHING =
      Permission.newBuilder()
          .setPermType(Permission.Type.READWRITE)
          .setRangeEnd(ByteString.copyFrom(new byte[] {0}))
          .build();

  private static final Comparator<Permission> BY_KEY =
      Comparator.comparing(Permission::getKey, ByteString.unsignedLexicographicalComparator());

  private final AuthBook book;
  private final AuthRows.Sink rows;

  RoleAdmin(AuthBook book, AuthRows.Sink rows) {
    this.book = book;
    this.rows = rows;
  }

  private Role present(String name) {
    Role role = book.working().role(name);
    if (role == null) {
      throw EtcdError.ROLE_NOT_FOUND.exception();
    }
    return role;
  }

  AuthRoleAddResponse add(AuthRoleAddRequest request, ResponseHeader header) {
    if (request.getName().isEmpty()) {
      throw EtcdError.ROLE_EMPTY.exception();
    }
    if (book.working().role(request.getName()) != null) {
      throw EtcdError.ROLE_EXISTS.exception();
    }
    book.put(Role.newBuilder().setName(ByteString.copyFromUtf8(request.getName())).build(), rows);
    book.advance(rows);
    return AuthRoleAddResponse.newBuilder().setHeader(header).build();
  }

  /** everybody may ask about the roles that they have. */
  AuthRoleGetResponse get(AuthRoleGetRequest request, Caller caller, ResponseHeader header) {
    if (!book.working().hasRole(caller, request.getRole())) {
      book.working().requireRoot(caller);
    }
    Role role = present(request.getRole());
    AuthRoleGetResponse.Builder response = AuthRoleGetResponse.newBuilder().setHeader(header);
    return request.getRole().equals(AuthState.ROOT)
        ? response.addPerm(EVERYTHING).build()
        : response.addAllPerm(role.getKeyPermissionList()).build();
  }

  AuthRoleListResponse list(ResponseHeader header) {
    return AuthRoleListResponse.newBuilder()
        .setHeader(header)
        .addAllRoles(book.working().roleNames())
        .build();
  }

  /** it is taken from every user who has it. */
  AuthRoleDeleteResponse delete(AuthRoleDeleteRequest request, ResponseHeader header) {
    if (book.working().enabled() && request.getRole().equals(AuthState.ROOT)) {
      throw EtcdError.INVALID_AUTH_MANAGEMENT.exception();
    }
    var _ = present(request.getRole());
    book.removeRole(request.getRole(), rows);
    for (String name : book.working().userNames()) {
      User user = book.working().user(name);
      if (user != null && user.getRolesList().contains(request.getRole())) {
        book.put(without(user, request.getRole()), rows);
      }
    }
    book.advance(rows);
    return AuthRoleDeleteResponse.newBuilder().setHeader(header).build();
  }

  static User without(User user, String role) {
    List<String> roles = new ArrayList<>(user.getRolesList());
    roles.removeIf(role::equals);
    return user.toBuilder().clearRoles().addAllRoles(roles).build();
  }

  AuthRoleGrantPermissionResponse grant(
      AuthRoleGrantPermissionRequest request, ResponseHeader header) {
    if (!request.hasPerm()) {
      throw EtcdError.PERMISSION_NOT_GIVEN.exception();
    }
    Permission wanted = request.getPerm();
    if (wanted.getKey().isEmpty() || KeyRange.of(wanted.getKey(), wanted.getRangeEnd()).empty()) {
      throw EtcdError.INVALID_AUTH_MANAGEMENT.exception();
    }
    Role role = present(request.getName());
    List<Permission> permissions = new ArrayList<>(role.getKeyPermissionList());
    boolean replaced = false;
    for (int i = 0; i < permissions.size(); i++) {
      if (sameRange(permissions.get(i), wanted.getKey(), wanted.getRangeEnd())) {
        permissions.set(i, wanted);
        replaced = true;
      }
    }
    if (!replaced) {
      permissions.add(wanted);
      permissions.sort(BY_KEY);
    }
    book.put(role.toBuilder().clearKeyPermission().addAllKeyPermission(permissions).build(), rows);
    book.advance(rows);
    return AuthRoleGrantPermissionResponse.newBuilder().setHeader(header).build();
  }

  AuthRoleRevokePermissionResponse revoke(
      AuthRoleRevokePermissionRequest request, ResponseHeader header) {
    Role role = present(request.getRole());
    List<Permission> permissions = new ArrayList<>(role.getKeyPermissionList());
    if (!permissions.removeIf(held -> sameRange(held, request.getKey(), request.getRangeEnd()))) {
      throw EtcdError.PERMISSION_NOT_GRANTED.exception();
    }
    book.put(role.toBuilder().clearKeyPermission().addAllKeyPermission(permissions).build(), rows);
    book.advance(rows);
    return AuthRoleRevokePermissionResponse.newBuilder().setHeader(header).build();
  }

  private static boolean sameRange(Permission held, ByteString key, ByteString rangeEnd) {
    return held.getKey().equals(key) && held.getRangeEnd().equals(rangeEnd);
  }
}
