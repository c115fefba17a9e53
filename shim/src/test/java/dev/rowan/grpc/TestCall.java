package dev.rowan.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;

/** A call as gRPC has it, whose client takes everything at once, until it gives up. */
public final class TestCall<R> extends ServerCallStreamObserver<R> {
  /** Its first response, or its error. */
  public final CompletableFuture<R> answer = new CompletableFuture<>();

  private volatile boolean cancelled;

  /** The client gives up. */
  public void cancel() {
    cancelled = true;
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void onNext(R response) {
    answer.complete(response);
  }

  @Override
  public void onError(Throwable t) {
    answer.completeExceptionally(t);
  }

  @Override
  public void onCompleted() {}

  @Override
  public void setOnCancelHandler(Runnable handler) {}

  @Override
  public void setOnReadyHandler(Runnable handler) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void request(int count) {}

  @Override
  public void setMessageCompression(boolean enable) {}
}
