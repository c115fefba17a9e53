package dev.rowan.quorum;

import dev.rowan.auth.AuthCommand;
import dev.rowan.auth.Caller;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.rowanpb.Downgrade;
import dev.rowan.proto.rowanpb.Login;
import dev.rowan.proto.rowanpb.RenewToken;
import dev.rowan.proto.rowanpb.User;

/** Commands and callers as one member hands them to the one that leads. */
final class CommandCodec {
  private CommandCodec() {}

  /** Whether a command is put in order by the member that leads; the others are each member's. */
  static boolean ofLeader(Command<?> command) {
    return switch (command) {
      case Command.Defragment _,
          Command.ExpireLeases _,
          Command.BeginTerm _,
          Command.Sync _,
          Command.Prune _ ->
          false;
      case Command.Auth<?> auth -> !(auth.command() instanceof AuthCommand.EndTokens);
      case Command.Put _,
          Command.DeleteRange _,
          Command.Txn _,
          Command.Compact _,
          Command.LeaseGrant _,
          Command.LeaseRevoke _,
          Command.LeaseKeepAlive _,
          Command.LeaseTimeToLive _,
          Command.LeaseLeases _,
          Command.Alarm _,
          Command.Downgrade _ ->
          true;
    };
  }

  /** Whether carrying a command out twice does the same as once. */
  static boolean repeatable(Command<?> command) {
    return switch (command) {
      case Command.LeaseKeepAlive _, Command.LeaseTimeToLive _, Command.LeaseLeases _ -> true;
      case Command.Alarm alarm -> alarm.request().getAction() == AlarmAction.GET;
      case Command.Auth<?> auth ->
          switch (auth.command()) {
            case AuthCommand.Status _,
                AuthCommand.UserGet _,
                AuthCommand.UserList _,
                AuthCommand.RoleGet _,
                AuthCommand.RoleList _,
                AuthCommand.RenewToken _ ->
                true;
            default -> false;
          };
      default -> false;
    };
  }

  /**
   * Writes a command.
   *
   * @throws IllegalArgumentException if it is one that each member carries out for itself
   */
  static dev.rowan.proto.rowanpb.Command encode(Command<?> command, Caller caller) {
    dev.rowan.proto.rowanpb.Command.Builder to = dev.rowan.proto.rowanpb.Command.newBuilder();
    if (!caller.equals(Caller.NOBODY)) {
      to.setCaller(encode(caller));
    }
    switch (command) {
      case Command.Put c -> to.setPut(c.request());
      case Command.DeleteRange c -> to.setDeleteRange(c.request());
      case Command.Txn c -> to.setTxn(c.request());
      case Command.Compact c -> to.setCompact(c.request());
      case Command.LeaseGrant c -> to.setLeaseGrant(c.request());
      case Command.LeaseRevoke c -> to.setLeaseRevoke(c.request());
      case Command.LeaseKeepAlive c -> to.setLeaseKeepAlive(c.request());
      case Command.LeaseTimeToLive c -> to.setLeaseTimeToLive(c.request());
      case Command.LeaseLeases c -> to.setLeaseLeases(c.request());
      case Command.Alarm c -> to.setAlarm(c.request());
      case Command.Downgrade c -> to.setDowngrade(encode(c));
      case Command.Auth<?> c -> encode(c.command(), to);
      case Command.Defragment _,
          Command.ExpireLeases _,
          Command.BeginTerm _,
          Command.Sync _,
          Command.Prune _ ->
          throw new IllegalArgumentException(command + " is each member's own");
    }
    return to.build();
  }

  private static void encode(AuthCommand<?> command, dev.rowan.proto.rowanpb.Command.Builder to) {
    switch (command) {
      case AuthCommand.Enable c -> to.setAuthEnable(c.request());
      case AuthCommand.Disable c -> to.setAuthDisable(c.request());
      case AuthCommand.Status c -> to.setAuthStatus(c.request());
      case AuthCommand.UserAdd c -> to.setUserAdd(c.request());
      case AuthCommand.UserGet c -> to.setUserGet(c.request());
      case AuthCommand.UserList c -> to.setUserList(c.request());
      case AuthCommand.UserDelete c -> to.setUserDelete(c.request());
      case AuthCommand.ChangePassword c -> to.setChangePassword(c.request());
      case AuthCommand.UserGrantRole c -> to.setUserGrantRole(c.request());
      case AuthCommand.UserRevokeRole c -> to.setUserRevokeRole(c.request());
      case AuthCommand.RoleAdd c -> to.setRoleAdd(c.request());
      case AuthCommand.RoleGet c -> to.setRoleGet(c.request());
      case AuthCommand.RoleList c -> to.setRoleList(c.request());
      case AuthCommand.RoleDelete c -> to.setRoleDelete(c.request());
      case AuthCommand.RoleGrantPermission c -> to.setRoleGrantPermission(c.request());
      case AuthCommand.RoleRevokePermission c -> to.setRoleRevokePermission(c.request());
      case AuthCommand.Login c ->
          to.setLogin(
              Login.newBuilder().setUser(c.user()).setHash(c.hash()).setLetters(c.letters()));
      case AuthCommand.RenewToken c ->
          to.setRenewToken(RenewToken.newBuilder().setDigest(c.digest()));
      case AuthCommand.EndTokens _ ->
          throw new IllegalArgumentException("each member ends tokens for itself");
    }
  }

  private static Downgrade encode(Command.Downgrade command) {
    Downgrade.Builder to = Downgrade.newBuilder().setAction(command.action());
    String target = command.target();
    if (target != null) {
      to.setTarget(target);
    }
    return to.build();
  }

  private static dev.rowan.proto.rowanpb.Caller encode(Caller caller) {
    dev.rowan.proto.rowanpb.Caller.Builder to = dev.rowan.proto.rowanpb.Caller.newBuilder();
    switch (caller) {
      case Caller.Named named -> to.setUser(encode(named));
      case Caller.Unnamed unnamed -> to.setServer(unnamed == Caller.Unnamed.INTERNAL);
    }
    return to.build();
  }

  private static User.Builder encode(Caller.Named named) {
    User.Builder to = User.newBuilder().setName(named.name()).setAuthRevision(named.authRevision());
    return switch (named.proof()) {
      case Caller.Proof.Token token -> to.setToken(token.digest());
      case Caller.Proof.Stateless.CERTIFICATE -> to.setCertificate(true);
      case Caller.Proof.Stateless.SIGNED -> to;
    };
  }

  private static Caller.Proof proof(User user) {
    return switch (user.getProofCase()) {
      case TOKEN -> new Caller.Proof.Token(user.getToken());
      case CERTIFICATE -> Caller.Proof.CERTIFICATE;
      case PROOF_NOT_SET -> Caller.Proof.SIGNED;
    };
  }

  /** The caller that a command was written with. */
  static Caller caller(dev.rowan.proto.rowanpb.Command from) {
    dev.rowan.proto.rowanpb.Caller caller = from.getCaller();
    return switch (caller.getWhoCase()) {
      case USER ->
          new Caller.Named(
              caller.getUser().getName(),
              caller.getUser().getAuthRevision(),
              proof(caller.getUser()));
      case SERVER -> caller.getServer() ? Caller.INTERNAL : Caller.NOBODY;
      case WHO_NOT_SET -> Caller.NOBODY;
    };
  }

  /**
   * Reads a command.
   *
   * @throws IllegalStateException if this version does not know it
   */
  static Command<?> decode(dev.rowan.proto.rowanpb.Command from) {
    return switch (from.getCommandCase()) {
      case PUT -> new Command.Put(from.getPut());
      case DELETE_RANGE -> new Command.DeleteRange(from.getDeleteRange());
      case TXN -> new Command.Txn(from.getTxn());
      case COMPACT -> new Command.Compact(from.getCompact());
      case LEASE_GRANT -> new Command.LeaseGrant(from.getLeaseGrant());
      case LEASE_REVOKE -> new Command.LeaseRevoke(from.getLeaseRevoke());
      case LEASE_KEEP_ALIVE -> new Command.LeaseKeepAlive(from.getLeaseKeepAlive());
      case LEASE_TIME_TO_LIVE -> new Command.LeaseTimeToLive(from.getLeaseTimeToLive());
      case LEASE_LEASES -> new Command.LeaseLeases(from.getLeaseLeases());
      case ALARM -> new Command.Alarm(from.getAlarm());
      case DOWNGRADE ->
          new Command.Downgrade(
              from.getDowngrade().getAction(),
              from.getDowngrade().hasTarget() ? from.getDowngrade().getTarget() : null);
      case COMMAND_NOT_SET ->
          throw new IllegalStateException("a command of a newer version of Rowan");
      default -> new Command.Auth<>(decodeAuth(from));
    };
  }

  private static AuthCommand<?> decodeAuth(dev.rowan.proto.rowanpb.Command from) {
    return switch (from.getCommandCase()) {
      case AUTH_ENABLE -> new AuthCommand.Enable(from.getAuthEnable());
      case AUTH_DISABLE -> new AuthCommand.Disable(from.getAuthDisable());
      case AUTH_STATUS -> new AuthCommand.Status(from.getAuthStatus());
      case USER_ADD -> new AuthCommand.UserAdd(from.getUserAdd());
      case USER_GET -> new AuthCommand.UserGet(from.getUserGet());
      case USER_LIST -> new AuthCommand.UserList(from.getUserList());
      case USER_DELETE -> new AuthCommand.UserDelete(from.getUserDelete());
      case CHANGE_PASSWORD -> new AuthCommand.ChangePassword(from.getChangePassword());
      case USER_GRANT_ROLE -> new AuthCommand.UserGrantRole(from.getUserGrantRole());
      case USER_REVOKE_ROLE -> new AuthCommand.UserRevokeRole(from.getUserRevokeRole());
      case ROLE_ADD -> new AuthCommand.RoleAdd(from.getRoleAdd());
      case ROLE_GET -> new AuthCommand.RoleGet(from.getRoleGet());
      case ROLE_LIST -> new AuthCommand.RoleList(from.getRoleList());
      case ROLE_DELETE -> new AuthCommand.RoleDelete(from.getRoleDelete());
      case ROLE_GRANT_PERMISSION ->
          new AuthCommand.RoleGrantPermission(from.getRoleGrantPermission());
      case ROLE_REVOKE_PERMISSION ->
          new AuthCommand.RoleRevokePermission(from.getRoleRevokePermission());
      case LOGIN ->
          new AuthCommand.Login(
              from.getLogin().getUser(), from.getLogin().getHash(), from.getLogin().getLetters());
      case RENEW_TOKEN -> new AuthCommand.RenewToken(from.getRenewToken().getDigest());
      default -> throw new IllegalArgumentException(from.getCommandCase() + " is none of auth's");
    };
  }
}
