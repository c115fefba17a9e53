package dev.rowan.auth;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.authpb.User;
import dev.rowan.proto.authpb.UserAddOptions;
import dev.rowan.proto.etcdserverpb.AuthDisableResponse;
import dev.rowan.proto.etcdserverpb.AuthEnableResponse;
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
import dev.rowan.proto.etcdserverpb.AuthUserListResponse;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Carries out the commands on the auth store, against the batch in the making. Everything that can
 * be refused is checked before the first change. Belongs to the sequencer's thread.
 */
public final class AuthAdmin {
  private final AuthBook book;
  private final AuthRows.Sink rows;
  private final long position;

  /**
   * Makes one for a batch.
   *
   * @param rows take what is to be written
   * @param position of the log, once the batch is appended
   */
  public AuthAdmin(AuthBook book, AuthRows.Sink rows, long position) {
    this.book = book;
    this.rows = rows;
    this.position = position;
  }

  /** Carries out a command and gives its response; refusals are thrown and leave no change. */
  public Object carryOut(AuthCommand<?> command, Caller caller, ResponseHeader header) {
    return switch (command) {
      case AuthCommand.Status _ -> status(header);
      case AuthCommand.UserGet get -> userGet(get.request(), caller, header);
      case AuthCommand.RoleGet get -> roles().get(get.request(), caller, header);
      case AuthCommand.OfClient<?> change -> {
        book.working().requireRoot(caller);
        yield administer(change, header);
      }
      case AuthCommand.Login login -> login(login, header);
      case AuthCommand.RenewToken renew -> renew(renew.digest());
      case AuthCommand.EndTokens _ -> endTokens();
    };
  }

  private Object administer(AuthCommand.OfClient<?> command, ResponseHeader header) {
    return switch (command) {
      case AuthCommand.Status _, AuthCommand.UserGet _, AuthCommand.RoleGet _ ->
          throw new IllegalArgumentException("users may ask this themselves");
      case AuthCommand.Enable _ -> enable(header);
      case AuthCommand.Disable _ -> disable(header);
      case AuthCommand.UserAdd add -> userAdd(add.request(), header);
      case AuthCommand.UserList _ -> userList(header);
      case AuthCommand.UserDelete delete -> userDelete(delete.request(), header);
      case AuthCommand.ChangePassword change -> changePassword(change.request(), header);
      case AuthCommand.UserGrantRole grant -> grantRole(grant.request(), header);
      case AuthCommand.UserRevokeRole revoke -> revokeRole(revoke.request(), header);
      case AuthCommand.RoleAdd add -> roles().add(add.request(), header);
      case AuthCommand.RoleList _ -> roles().list(header);
      case AuthCommand.RoleDelete delete -> roles().delete(delete.request(), header);
      case AuthCommand.RoleGrantPermission grant -> roles().grant(grant.request(), header);
      case AuthCommand.RoleRevokePermission revoke -> roles().revoke(revoke.request(), header);
    };
  }

  private RoleAdmin roles() {
    return new RoleAdmin(book, rows);
  }

  /** */
  private AuthEnableResponse enable(ResponseHeader header) {
    if (!book.working().enabled()) {
      User root = book.working().user(AuthState.ROOT);
      if (root == null) {
        throw EtcdError.ROOT_USER_MISSING.exception();
      }
      if (!AuthState.hasRoot(root)) {
        throw EtcdError.ROOT_ROLE_MISSING.exception();
      }
      book.setEnabled(true, rows);
    }
    return AuthEnableResponse.newBuilder().setHeader(header).build();
  }

  /** all simple tokens die. */
  private AuthDisableResponse disable(ResponseHeader header) {
    if (book.working().enabled()) {
      book.setEnabled(false, rows);
      book.advance(rows);
      book.removeTokens(book.tokens().all(), rows);
    }
    return AuthDisableResponse.newBuilder().setHeader(header).build();
  }

  private AuthStatusResponse status(ResponseHeader header) {
    return AuthStatusResponse.newBuilder()
        .setHeader(header)
        .setEnabled(book.working().enabled())
        .setAuthRevision(book.working().revision())
        .build();
  }

  /** */
  private AuthUserAddResponse userAdd(AuthUserAddRequest request, ResponseHeader header) {
    if (request.getName().isEmpty()) {
      throw EtcdError.USER_EMPTY.exception();
    }
    if (book.working().user(request.getName()) != null) {
      throw EtcdError.USER_EXISTS.exception();
    }
    UserAddOptions options = request.getOptions();
    User.Builder user =
        User.newBuilder().setName(ByteString.copyFromUtf8(request.getName())).setOptions(options);
    if (!options.getNoPassword()) {
      user.setPassword(decoded(request.getHashedPassword()));
    }
    book.put(user.build(), rows);
    book.advance(rows);
    return AuthUserAddResponse.newBuilder().setHeader(header).build();
  }

  private static ByteString decoded(String hashedPassword) {
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(hashedPassword));
    } catch (IllegalArgumentException e) {
      throw EtcdError.NO_PASSWORD_USER.exception();
    }
  }

  /** everybody may ask about themselves. */
  private AuthUserGetResponse userGet(
      AuthUserGetRequest request, Caller caller, ResponseHeader header) {
    String name = caller instanceof Caller.Named named ? named.name() : "";
    if (!request.getName().equals(name)) {
      book.working().requireRoot(caller);
    }
    return AuthUserGetResponse.newBuilder()
        .setHeader(header)
        .addAllRoles(present(request.getName()).getRolesList())
        .build();
  }

  private User present(String name) {
    User user = book.working().user(name);
    if (user == null) {
      throw EtcdError.USER_NOT_FOUND.exception();
    }
    return user;
  }

  private AuthUserListResponse userList(ResponseHeader header) {
    return AuthUserListResponse.newBuilder()
        .setHeader(header)
        .addAllUsers(book.working().userNames())
        .build();
  }

  /** */
  private AuthUserDeleteResponse userDelete(AuthUserDeleteRequest request, ResponseHeader header) {
    if (book.working().enabled() && request.getName().equals(AuthState.ROOT)) {
      throw EtcdError.INVALID_AUTH_MANAGEMENT.exception();
    }
    var _ = present(request.getName());
    book.removeUser(request.getName(), rows);
    book.advance(rows);
    book.removeTokens(book.tokens().ofUser(request.getName()), rows);
    return AuthUserDeleteResponse.newBuilder().setHeader(header).build();
  }

  /** */
  private AuthUserChangePasswordResponse changePassword(
      AuthUserChangePasswordRequest request, ResponseHeader header) {
    User user = present(request.getName());
    User.Builder changed = user.toBuilder().clearPassword();
    if (!user.getOptions().getNoPassword()) {
      changed.setPassword(decoded(request.getHashedPassword()));
    }
    book.put(changed.build(), rows);
    book.advance(rows);
    book.removeTokens(book.tokens().ofUser(request.getName()), rows);
    return AuthUserChangePasswordResponse.newBuilder().setHeader(header).build();
  }

  /** the role root may be granted before there is one. */
  private AuthUserGrantRoleResponse grantRole(
      AuthUserGrantRoleRequest request, ResponseHeader header) {
    User user = present(request.getUser());
    String role = request.getRole();
    if (!role.equals(AuthState.ROOT) && book.working().role(role) == null) {
      throw EtcdError.ROLE_NOT_FOUND.exception();
    }
    if (!user.getRolesList().contains(role)) {
      List<String> granted = new ArrayList<>(user.getRolesList());
      granted.add(role);
      granted.sort(AuthState.BY_BYTES);
      book.put(user.toBuilder().clearRoles().addAllRoles(granted).build(), rows);
      book.advance(rows);
    }
    return AuthUserGrantRoleResponse.newBuilder().setHeader(header).build();
  }

  /** */
  private AuthUserRevokeRoleResponse revokeRole(
      AuthUserRevokeRoleRequest request, ResponseHeader header) {
    boolean root =
        request.getName().equals(AuthState.ROOT) && request.getRole().equals(AuthState.ROOT);
    if (book.working().enabled() && root) {
      throw EtcdError.INVALID_AUTH_MANAGEMENT.exception();
    }
    User user = present(request.getName());
    if (!user.getRolesList().contains(request.getRole())) {
      throw EtcdError.ROLE_NOT_GRANTED.exception();
    }
    book.put(RoleAdmin.without(user, request.getRole()), rows);
    book.advance(rows);
    return AuthUserRevokeRoleResponse.newBuilder().setHeader(header).build();
  }

  /** the password was right; is it still, and is there still need of a token? */
  private AuthCommand.LoggedIn login(AuthCommand.Login login, ResponseHeader header) {
    AuthState state = book.working();
    if (!state.enabled()) {
      throw EtcdError.AUTH_NOT_ENABLED.exception();
    }
    User user = state.user(login.user());
    if (user == null || user.getOptions().getNoPassword()) {
      throw EtcdError.AUTH_FAILED.exception();
    }
    if (!user.getPassword().equals(login.hash())) {
      return new AuthCommand.LoggedIn(header, true, state.revision(), "");
    }
    if (login.letters().isEmpty()) {
      return new AuthCommand.LoggedIn(header, false, state.revision(), "");
    }
    if (book.tokens().size() >= SimpleTokens.TOKENS_MAX) {
      throw EtcdError.TOO_MANY_REQUESTS.exception();
    }
    String token = login.letters() + "." + position;
    book.addToken(SimpleTokens.digest(token), login.user(), rows);
    return new AuthCommand.LoggedIn(header, false, state.revision(), token);
  }

  private Boolean renew(ByteString digest) {
    String user = book.tokens().userOf(digest);
    if (user != null) {
      book.writeToken(digest, user, rows);
    }
    return user != null;
  }

  private Integer endTokens() {
    List<ByteString> ended = book.tokens().ended();
    book.removeTokens(ended, rows);
    return ended.size();
  }
}
