package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.rowan.auth.AuthCommand;
import dev.rowan.cluster.Identity;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.AuthDisableResponse;
import dev.rowan.proto.etcdserverpb.AuthEnableResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleAddResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGetResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleListResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleRevokePermissionResponse;
import dev.rowan.proto.etcdserverpb.AuthStatusResponse;
import dev.rowan.proto.etcdserverpb.AuthUserAddResponse;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordResponse;
import dev.rowan.proto.etcdserverpb.AuthUserDeleteResponse;
import dev.rowan.proto.etcdserverpb.AuthUserGetResponse;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleResponse;
import dev.rowan.proto.etcdserverpb.AuthUserListResponse;
import dev.rowan.proto.etcdserverpb.AuthUserRevokeRoleResponse;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.DowngradeResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.rowanpb.Answer;
import dev.rowan.proto.rowanpb.LoggedIn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outcomes of commands as the member that leads sends them back. */
final class AnswerCodec {
  private static final Logger log = LoggerFactory.getLogger(AnswerCodec.class);

  private AnswerCodec() {}

  /**
   * Writes an outcome.
   *
   * @param outcome a response, or an {@link EtcdException}
   */
  static Answer encode(Object outcome) {
    Answer.Builder to = Answer.newBuilder();
    switch (outcome) {
      case EtcdException refusal -> to.setRefusal(refusal.error().name());
      case MessageLite response -> to.setResponse(response.toByteString());
      case AuthCommand.LoggedIn loggedIn -> to.setLoggedIn(encode(loggedIn));
      case Boolean done -> to.setDone(done);
      default -> throw new IllegalArgumentException(outcome + " answers no command of a client's");
    }
    return to.build();
  }

  private static LoggedIn encode(AuthCommand.LoggedIn loggedIn) {
    return LoggedIn.newBuilder()
        .setRevision(loggedIn.header().getRevision())
        .setAgain(loggedIn.again())
        .setAuthRevision(loggedIn.authRevision())
        .setToken(loggedIn.token())
        .build();
  }

  /**
   * What turns a response's header into that of the member that was asked, when it is read behind
   * the response: fields that are there twice count as they come last, and every response has its
   * header as field 1.
   */
  static ByteString ownHeader(Identity identity) {
    ResponseHeader own =
        ResponseHeader.newBuilder()
            .setMemberId(identity.memberId())
            .setRaftTerm(identity.term())
            .build();
    return PutResponse.newBuilder().setHeader(own).build().toByteString();
  }

  /**
   * Reads the outcome of a command: a response, or an {@link EtcdException}.
   *
   * @param ownHeader as {@link #ownHeader} gives it
   * @throws InvalidProtocolBufferException if it is no answer to that command
   */
  static Object decode(Answer from, Command<?> command, Identity identity, ByteString ownHeader)
      throws InvalidProtocolBufferException {
    return switch (from.getOutcomeCase()) {
      case RESPONSE -> parser(command).parseFrom(from.getResponse().concat(ownHeader));
      case LOGGED_IN -> decode(from.getLoggedIn(), identity);
      case REFUSAL -> refusal(from.getRefusal());
      case DONE -> from.getDone();
      case OUTCOME_NOT_SET -> throw new InvalidProtocolBufferException("an answer without outcome");
    };
  }

  private static AuthCommand.LoggedIn decode(LoggedIn from, Identity identity) {
    return new AuthCommand.LoggedIn(
        identity.header(from.getRevision()),
        from.getAgain(),
        from.getAuthRevision(),
        from.getToken());
  }

  private static EtcdException refusal(String name) {
    try {
      EtcdError error = EtcdError.valueOf(name);
      // It isn't this member that stops, and how far the other got isn't known.
      return (error == EtcdError.STOPPED ? EtcdError.TIMED_OUT_LEADER_FAILED : error).exception();
    } catch (IllegalArgumentException e) {
      log.atError()
          .addKeyValue("refusal", name)
          .log("the member that leads refused a request as only a newer version does");
      return EtcdError.INTERNAL.exception();
    }
  }

  private static Parser<? extends MessageLite> parser(Command<?> command)
      throws InvalidProtocolBufferException {
    return switch (command) {
      case Command.Put _ -> PutResponse.parser();
      case Command.DeleteRange _ -> DeleteRangeResponse.parser();
      case Command.Txn _ -> TxnResponse.parser();
      case Command.Compact _ -> CompactionResponse.parser();
      case Command.LeaseGrant _ -> LeaseGrantResponse.parser();
      case Command.LeaseRevoke _ -> LeaseRevokeResponse.parser();
      case Command.LeaseKeepAlive _ -> LeaseKeepAliveResponse.parser();
      case Command.LeaseTimeToLive _ -> LeaseTimeToLiveResponse.parser();
      case Command.LeaseLeases _ -> LeaseLeasesResponse.parser();
      case Command.Alarm _ -> AlarmResponse.parser();
      case Command.Downgrade _ -> DowngradeResponse.parser();
      case Command.Auth<?> auth -> parser(auth.command());
      case Command.Defragment _,
          Command.ExpireLeases _,
          Command.BeginTerm _,
          Command.Sync _,
          Command.Prune _ ->
          throw unexpected(command);
    };
  }

  private static Parser<? extends MessageLite> parser(AuthCommand<?> command)
      throws InvalidProtocolBufferException {
    return switch (command) {
      case AuthCommand.Enable _ -> AuthEnableResponse.parser();
      case AuthCommand.Disable _ -> AuthDisableResponse.parser();
      case AuthCommand.Status _ -> AuthStatusResponse.parser();
      case AuthCommand.UserAdd _ -> AuthUserAddResponse.parser();
      case AuthCommand.UserGet _ -> AuthUserGetResponse.parser();
      case AuthCommand.UserList _ -> AuthUserListResponse.parser();
      case AuthCommand.UserDelete _ -> AuthUserDeleteResponse.parser();
      case AuthCommand.ChangePassword _ -> AuthUserChangePasswordResponse.parser();
      case AuthCommand.UserGrantRole _ -> AuthUserGrantRoleResponse.parser();
      case AuthCommand.UserRevokeRole _ -> AuthUserRevokeRoleResponse.parser();
      case AuthCommand.RoleAdd _ -> AuthRoleAddResponse.parser();
      case AuthCommand.RoleGet _ -> AuthRoleGetResponse.parser();
      case AuthCommand.RoleList _ -> AuthRoleListResponse.parser();
      case AuthCommand.RoleDelete _ -> AuthRoleDeleteResponse.parser();
      case AuthCommand.RoleGrantPermission _ -> AuthRoleGrantPermissionResponse.parser();
      case AuthCommand.RoleRevokePermission _ -> AuthRoleRevokePermissionResponse.parser();
      case AuthCommand.Login _, AuthCommand.RenewToken _, AuthCommand.EndTokens _ ->
          throw unexpected(command);
    };
  }

  private static InvalidProtocolBufferException unexpected(Object command) {
    return new InvalidProtocolBufferException(
        command.getClass().getSimpleName() + " is answered with a message");
  }
}
