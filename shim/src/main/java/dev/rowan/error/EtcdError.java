package dev.rowan.error;

import io.grpc.Status;
import io.grpc.Status.Code;

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
  COMPACTED(Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted"),
  FUTURE_REVISION(Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision"),
  NO_SPACE(Code.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"),
  /** Declared as ResourceExhausted by etcd, which then sends it as Unknown (C-12). */
  TOO_MANY_REQUESTS(Code.UNKNOWN, "etcdserver: too many requests"),
  LEASE_NOT_FOUND(Code.NOT_FOUND, "etcdserver: requested lease not found"),
  LEASE_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: lease already exists"),
  LEASE_TTL_TOO_LARGE(Code.OUT_OF_RANGE, "etcdserver: too large lease TTL"),
  STOPPED(Code.UNAVAILABLE, "etcdserver: server stopped"),
  TIMED_OUT(Code.UNAVAILABLE, "etcdserver: request timed out"),
  CORRUPT(Code.DATA_LOSS, "etcdserver: corrupt cluster"),
  STREAM_SORTED(Code.UNIMPLEMENTED, "RangeStream does not support custom sort orders"),
  STREAM_FILTERED(Code.UNIMPLEMENTED, "RangeStream does not support revision filters"),
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
}
