package dev.rowan.error;

import io.grpc.StatusRuntimeException;

/** Refuses a request with one of etcd's errors. gRPC sends its status as it is. */
public final class EtcdException extends StatusRuntimeException {
  private static final long serialVersionUID = 1;

  private final EtcdError error;

  EtcdException(EtcdError error) {
    super(error.status());
    this.error = error;
  }

  public EtcdError error() {
    return error;
  }

  /** A refusal is an answer, not a fault: where it was decided doesn't matter. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
