package dev.rowan.auth;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.kv.RequestChecks;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.authpb.User;
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
import io.grpc.stub.StreamObserver;
import java.util.Base64;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Auth service: every call but logins is a command. Passwords are hashed and checked on threads
 * of their own, before anything is put in order, and go no further.
 */
public final class AuthService extends AuthGrpc.AuthImplBase {
  private static final Logger log = LoggerFactory.getLogger(AuthService.class);

  private final Authenticator authenticator;
  private final @Nullable JwtKey jwt;
  private final Passwords passwords;
  private final RequestChecks checks;
  private final Sequencer sequencer;
  private final ReadGate gate;
  private final Executor hashing;

  /**
   * Makes the service.
   *
   * @param jwt signs tokens; null where tokens are simple
   * @param hashing runs what takes bcrypt's time
   */
  public AuthService(
      Authenticator authenticator,
      @Nullable JwtKey jwt,
      Passwords passwords,
      RequestChecks checks,
      Sequencer sequencer,
      ReadGate gate,
      Executor hashing) {
    this.authenticator = authenticator;
    this.jwt = jwt;
    this.passwords = passwords;
    this.checks = checks;
    this.sequencer = sequencer;
    this.gate = gate;
    this.hashing = hashing;
  }

  private <R> void submit(AuthCommand.OfClient<R> command, StreamObserver<R> reply) {
    submit(command, Credentials.current(), reply);
  }

  private <R> void submit(
      AuthCommand.OfClient<R> command, Credentials credentials, StreamObserver<R> reply) {
    try {
      Caller caller = authenticator.caller(credentials);
      checks.size(command.request());
      sequencer.submit(new Command.Auth<>(command), caller, reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private void onHashing(StreamObserver<?> reply, Runnable task) {
    try {
      hashing.execute(() -> {
        try {
          task.run();
        } catch (EtcdException refusal) {
          reply.onError(refusal);
        } catch (RuntimeException e) {
          log.atError().setCause(e).log("a password could not be hashed or checked");
          reply.onError(EtcdError.INTERNAL.exception());
        }
      });
    } catch (RejectedExecutionException e) {
      reply.onError(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  @Override
  public void authEnable(AuthEnableRequest request, StreamObserver<AuthEnableResponse> reply) {
    submit(new AuthCommand.Enable(request), reply);
  }

  @Override
  public void authDisable(AuthDisableRequest request, StreamObserver<AuthDisableResponse> reply) {
    submit(new AuthCommand.Disable(request), reply);
  }

  @Override
  public void authStatus(AuthStatusRequest request, StreamObserver<AuthStatusResponse> reply) {
    submit(new AuthCommand.Status(request), reply);
  }

  /** Over a shared log, the user may have been added elsewhere a moment ago. */
  @Override
  public void authenticate(
      AuthenticateRequest request, StreamObserver<AuthenticateResponse> reply) {
    gate.whenCurrent(
        new ReadGate.Read() {
          @Override
          public void run() {
            onHashing(reply, () -> login(request, reply));
          }

          @Override
          public void refuse(EtcdException refusal) {
            reply.onError(refusal);
          }
        });
  }

  /** On a hashing thread. An unknown user takes as long as a wrong password. */
  private void login(AuthenticateRequest request, StreamObserver<AuthenticateResponse> reply) {
    AuthState state = authenticator.state();
    if (!state.enabled()) {
      throw EtcdError.AUTH_NOT_ENABLED.exception();
    }
    User user = state.user(request.getName());
    if (user == null) {
      passwords.matchNobodys(request.getPassword());
      throw EtcdError.AUTH_FAILED.exception();
    }
    if (user.getOptions().getNoPassword()) {
      throw EtcdError.NO_PASSWORD_USER.exception();
    }
    ByteString hash = user.getPassword();
    if (!Passwords.matches(request.getPassword(), hash)) {
      throw EtcdError.AUTH_FAILED.exception();
    }
    String letters = jwt == null ? SimpleTokens.letters() : "";
    sequencer.submit(
        new Command.Auth<>(new AuthCommand.Login(request.getName(), hash, letters)),
        Caller.INTERNAL,
        new Issued(request, reply));
  }

  /** Answers a login; a JWT is signed on a hashing thread. */
  private final class Issued implements StreamObserver<AuthCommand.LoggedIn> {
    private final AuthenticateRequest request;
    private final StreamObserver<AuthenticateResponse> reply;

    Issued(AuthenticateRequest request, StreamObserver<AuthenticateResponse> reply) {
      this.request = request;
      this.reply = reply;
    }

    @Override
    public void onNext(AuthCommand.LoggedIn loggedIn) {
      if (loggedIn.again()) {
        onHashing(reply, () -> login(request, reply));
      } else if (jwt == null) {
        answer(loggedIn, loggedIn.token());
      } else {
        JwtKey key = jwt;
        onHashing(
            reply, () -> answer(loggedIn, key.sign(request.getName(), loggedIn.authRevision())));
      }
    }

    private void answer(AuthCommand.LoggedIn loggedIn, String token) {
      reply.onNext(
          AuthenticateResponse.newBuilder().setHeader(loggedIn.header()).setToken(token).build());
      reply.onCompleted();
    }

    @Override
    public void onError(Throwable t) {
      reply.onError(t);
    }

    @Override
    public void onCompleted() {}
  }

  @Override
  public void userAdd(AuthUserAddRequest request, StreamObserver<AuthUserAddResponse> reply) {
    AuthUserAddRequest.Builder without = request.toBuilder().clearPassword().clearHashedPassword();
    if (request.getOptions().getNoPassword()) {
      submit(new AuthCommand.UserAdd(without.build()), reply);
      return;
    }
    Credentials credentials = Credentials.current();
    onHashing(
        reply,
        () -> {
          without.setHashedPassword(encoded(passwords.hash(request.getPassword())));
          submit(new AuthCommand.UserAdd(without.build()), credentials, reply);
        });
  }

  private static String encoded(ByteString hash) {
    return Base64.getEncoder().encodeToString(hash.toByteArray());
  }

  @Override
  public void userGet(AuthUserGetRequest request, StreamObserver<AuthUserGetResponse> reply) {
    submit(new AuthCommand.UserGet(request), reply);
  }

  @Override
  public void userList(AuthUserListRequest request, StreamObserver<AuthUserListResponse> reply) {
    submit(new AuthCommand.UserList(request), reply);
  }

  @Override
  public void userDelete(
      AuthUserDeleteRequest request, StreamObserver<AuthUserDeleteResponse> reply) {
    submit(new AuthCommand.UserDelete(request), reply);
  }

  /** without a password, the hash that the client sends is taken as it is. */
  @Override
  public void userChangePassword(
      AuthUserChangePasswordRequest request, StreamObserver<AuthUserChangePasswordResponse> reply) {
    if (request.getPassword().isEmpty()) {
      submit(new AuthCommand.ChangePassword(request), reply);
      return;
    }
    Credentials credentials = Credentials.current();
    onHashing(
        reply,
        () -> {
          AuthUserChangePasswordRequest hashed =
              request.toBuilder()
                  .clearPassword()
                  .setHashedPassword(encoded(passwords.hash(request.getPassword())))
                  .build();
          submit(new AuthCommand.ChangePassword(hashed), credentials, reply);
        });
  }

  @Override
  public void userGrantRole(
      AuthUserGrantRoleRequest request, StreamObserver<AuthUserGrantRoleResponse> reply) {
    submit(new AuthCommand.UserGrantRole(request), reply);
  }

  @Override
  public void userRevokeRole(
      AuthUserRevokeRoleRequest request, StreamObserver<AuthUserRevokeRoleResponse> reply) {
    submit(new AuthCommand.UserRevokeRole(request), reply);
  }

  @Override
  public void roleAdd(AuthRoleAddRequest request, StreamObserver<AuthRoleAddResponse> reply) {
    submit(new AuthCommand.RoleAdd(request), reply);
  }

  @Override
  public void roleGet(AuthRoleGetRequest request, StreamObserver<AuthRoleGetResponse> reply) {
    submit(new AuthCommand.RoleGet(request), reply);
  }

  @Override
  public void roleList(AuthRoleListRequest request, StreamObserver<AuthRoleListResponse> reply) {
    submit(new AuthCommand.RoleList(request), reply);
  }

  @Override
  public void roleDelete(
      AuthRoleDeleteRequest request, StreamObserver<AuthRoleDeleteResponse> reply) {
    submit(new AuthCommand.RoleDelete(request), reply);
  }

  @Override
  public void roleGrantPermission(
      AuthRoleGrantPermissionRequest request,
      StreamObserver<AuthRoleGrantPermissionResponse> reply) {
    submit(new AuthCommand.RoleGrantPermission(request), reply);
  }

  @Override
  public void roleRevokePermission(
      AuthRoleRevokePermissionRequest request,
      StreamObserver<AuthRoleRevokePermissionResponse> reply) {
    submit(new AuthCommand.RoleRevokePermission(request), reply);
  }
}
