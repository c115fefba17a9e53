package dev.rowan.error;

import io.grpc.Status;
import io.grpc.Status.Code;
import java.util.Locale;

/**
 * Every error that etcd's API answers and Rowan can raise: clients recognise them by text, so text
 * and code are etcd's to the letter (contract section 1.1).
 */
// Status and the exception have no setters; their classes only lack the annotation.
@SuppressWarnings("ImmutableEnumChecker")
public enum EtcdError {
  EMPTY_KEY(Code.INVALID_ARGUMENT, "etcdserver: key is not provided"),
  KEY_NOT_FOUND(Code.INVALID_ARGUMENT, "etcdserver: key not found"),
  VALUE_PROVIDED(Code.INVALID_ARGUMENT, "etcdserver: value is provided"),
  LEASE_PROVIDED(Code.INVALID_ARGUMENT, "etcdserver: lease is provided"),
  TOO_MANY_OPS(Code.INVALID_ARGUMENT, "etcdserver: too many operations in txn request"),
  DUPLICATE_KEY(Code.INVALID_ARGUMENT, "etcdserver: duplicate key given in txn request"),
  INVALID_SORT_OPTION(Code.INVALID_ARGUMENT, "etcdserver: invalid sort option"),
  REQUEST_TOO_LARGE(Code.INVALID_ARGUMENT, "etcdserver: request is too large"),
  BAD_MEMBER_URLS(Code.INVALID_ARGUMENT, "etcdserver: given member URLs are invalid"),
  DOWNGRADE_FORMAT(Code.INVALID_ARGUMENT, "etcdserver: wrong downgrade target version format"),
  DOWNGRADE_TARGET(Code.INVALID_ARGUMENT, "etcdserver: invalid downgrade target version"),
  CLIENT_VERSION(Code.INVALID_ARGUMENT, "etcdserver: invalid client api version"),
  COMPACTED(Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted"),
  FUTURE_REVISION(Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision"),
  NO_SPACE(Code.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"),
  /** Declared as ResourceExhausted by etcd, which then sends it as Unknown (C-12). */
  TOO_MANY_REQUESTS(Code.UNKNOWN, "etcdserver: too many requests"),
  LEASE_NOT_FOUND(Code.NOT_FOUND, "etcdserver: requested lease not found"),
  LEASE_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: lease already exists"),
  LEASE_TTL_TOO_LARGE(Code.OUT_OF_RANGE, "etcdserver: too large lease TTL"),
  MEMBER_NOT_FOUND(Code.NOT_FOUND, "etcdserver: member not found"),
  MEMBER_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: member ID already exist"),
  PEER_URL_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: Peer URLs already exists"),
  TOO_MANY_LEARNERS(Code.FAILED_PRECONDITION, "etcdserver: too many learner members in cluster"),
  NO_LEARNER(Code.FAILED_PRECONDITION, "etcdserver: can only promote a learner member"),
  LEARNER_NOT_READY(
      Code.FAILED_PRECONDITION,
      "etcdserver: can only promote a learner member which is in sync with leader"),
  NOT_FOR_LEARNERS(Code.FAILED_PRECONDITION, "etcdserver: rpc not supported for learner"),
  NOT_LEADER(Code.FAILED_PRECONDITION, "etcdserver: not leader"),
  BAD_TRANSFEREE(Code.FAILED_PRECONDITION, "etcdserver: bad leader transferee"),
  DOWNGRADE_IN_PROGRESS(
      Code.FAILED_PRECONDITION, "etcdserver: cluster has a downgrade job in progress"),
  /** Declared as FailedPrecondition by etcd, which then sends it as Unknown (C-12). */
  TOO_FEW_MEMBERS(
      Code.UNKNOWN, "etcdserver: re-configuration failed due to not enough started members"),
  UNHEALTHY(Code.UNAVAILABLE, "etcdserver: unhealthy cluster"),
  NO_LEADER(Code.UNAVAILABLE, "etcdserver: no leader"),
  TRANSFER_TIMED_OUT(Code.UNKNOWN, "etcdserver: request timed out, leader transfer took too long"),
  UNKNOWN_METHOD(Code.UNKNOWN, "etcdserver: unknown method"),
  STOPPED(Code.UNAVAILABLE, "etcdserver: server stopped"),
  TIMED_OUT(Code.UNAVAILABLE, "etcdserver: request timed out"),
  TIMED_OUT_LEADER_FAILED(
      Code.UNAVAILABLE, "etcdserver: request timed out, possibly due to previous leader failure"),
  TIMED_OUT_CONNECTION_LOST(
      Code.UNAVAILABLE, "etcdserver: request timed out, possibly due to connection lost"),
  /** Nothing was done: no leader was there to do it. Clients of etcd's try again at once. */
  NO_LEADER_IN_TIME(Code.DEADLINE_EXCEEDED, "context deadline exceeded"),
  CORRUPT(Code.DATA_LOSS, "etcdserver: corrupt cluster"),
  STREAM_SORTED(Code.UNIMPLEMENTED, "RangeStream does not support custom sort orders"),
  STREAM_FILTERED(Code.UNIMPLEMENTED, "RangeStream does not support revision filters"),
  USER_EMPTY(Code.INVALID_ARGUMENT, "etcdserver: user name is empty"),
  ROLE_EMPTY(Code.INVALID_ARGUMENT, "etcdserver: role name is empty"),
  AUTH_FAILED(
      Code.INVALID_ARGUMENT, "etcdserver: authentication failed, invalid user ID or password"),
  PERMISSION_NOT_GIVEN(Code.INVALID_ARGUMENT, "etcdserver: permission not given"),
  INVALID_AUTH_MANAGEMENT(Code.INVALID_ARGUMENT, "etcdserver: invalid auth management"),
  AUTH_OLD_REVISION(Code.INVALID_ARGUMENT, "etcdserver: revision of auth store is old"),
  ROOT_USER_MISSING(Code.FAILED_PRECONDITION, "etcdserver: root user does not exist"),
  ROOT_ROLE_MISSING(Code.FAILED_PRECONDITION, "etcdserver: root user does not have root role"),
  USER_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: user name already exists"),
  USER_NOT_FOUND(Code.FAILED_PRECONDITION, "etcdserver: user name not found"),
  ROLE_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: role name already exists"),
  ROLE_NOT_FOUND(Code.FAILED_PRECONDITION, "etcdserver: role name not found"),
  ROLE_NOT_GRANTED(Code.FAILED_PRECONDITION, "etcdserver: role is not granted to the user"),
  PERMISSION_NOT_GRANTED(
      Code.FAILED_PRECONDITION, "etcdserver: permission is not granted to the role"),
  AUTH_NOT_ENABLED(Code.FAILED_PRECONDITION, "etcdserver: authentication is not enabled"),
  PERMISSION_DENIED(Code.PERMISSION_DENIED, "etcdserver: permission denied"),
  INVALID_AUTH_TOKEN(Code.UNAUTHENTICATED, "etcdserver: invalid auth token"),
  /** These three leave etcd without a code of their own (C-12). */
  NO_PASSWORD_USER(
      Code.UNKNOWN, "auth: authentication failed, password was given for no password user"),
  PASSWORD_TOO_LONG(Code.UNKNOWN, "bcrypt: password length exceeds 72 bytes"),
  VERIFY_ONLY(Code.UNKNOWN, "auth: token signing attempted with verify-only key"),
  /** Of Rowan's own: such a request ends the process of an etcd (M-2). */
  UNKNOWN_ALARM_ACTION(Code.INVALID_ARGUMENT, "rowan: unknown action of an alarm request"),
  /** Of Rowan's own: etcd would take in the member. */
  NO_PEERS(
      Code.FAILED_PRECONDITION,
      "rowan: this server has no peers; start several over one PostgreSQL, MySQL or MariaDB,"
          + " or a quorum by --initial-cluster"),
  /** Of Rowan's own: an etcd sends its file as it is. */
  SNAPSHOT_NO_SPACE(
      Code.RESOURCE_EXHAUSTED,
      "rowan: no room on the server's disk for the snapshot, which is written there first"),
  /** A defect of Rowan's; the log says more. */
  INTERNAL(Code.INTERNAL, "rowan: internal error, see the server's log");

  private final Status status;
  private final EtcdException exception;

  EtcdError(Code code, String text) {
    status = code.toStatus().withDescription(text);
    exception = new EtcdException(this);
  }

  /** The error as it goes over the wire. */
  public Status status() {
    return status;
  }

  /** The one exception that carries this error; it has no stack trace. */
  public EtcdException exception() {
    return exception;
  }

  public String text() {
    return String.valueOf(status.getDescription());
  }

  /** Code and text in one, as Go's gRPC library prints a status; clients look for it (W-5). */
  public String goText() {
    StringBuilder code = new StringBuilder();
    for (String word : status.getCode().name().split("_", -1)) {
      code.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return "rpc error: code = " + code + " desc = " + text();
  }
}
