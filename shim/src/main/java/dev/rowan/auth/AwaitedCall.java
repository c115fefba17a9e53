package dev.rowan.auth;

import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.ReadGate;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A call that begins once this instance has read what others wrote before: what befalls it until
 * then, which can only be its end, is told to it afterwards. Its events and its beginning come from
 * different threads.
 */
final class AwaitedCall<Q> extends ServerCall.Listener<Q> {
  private final List<Consumer<ServerCall.Listener<Q>>> early = new ArrayList<>();
  private ServerCall.@Nullable Listener<Q> begun;

  private AwaitedCall() {}

  /**
   * Lets a call wait.
   *
   * @param beginning begins it, and gives what listens to it
   */
  static <Q> ServerCall.Listener<Q> start(
      ReadGate gate, ServerCall<Q, ?> call, Supplier<ServerCall.Listener<Q>> beginning) {
    AwaitedCall<Q> awaited = new AwaitedCall<>();
    gate.whenCurrent(
        new ReadGate.Read() {
          @Override
          public void run() {
            if (!call.isCancelled()) {
              awaited.begin(beginning);
            }
          }

          @Override
          public void refuse(EtcdException refusal) {
            call.close(refusal.error().status(), new Metadata());
          }
        });
    return awaited;
  }

  private synchronized void begin(Supplier<ServerCall.Listener<Q>> beginning) {
    ServerCall.Listener<Q> listener = beginning.get();
    for (int i = 0; i < early.size(); i++) { // within the process, events may bring events
      early.get(i).accept(listener);
    }
    early.clear();
    begun = listener;
  }

  private void tell(Consumer<ServerCall.Listener<Q>> event) {
    ServerCall.Listener<Q> listener;
    synchronized (this) {
      listener = begun;
      if (listener == null) {
        early.add(event);
        return;
      }
    }
    event.accept(listener);
  }

  @Override
  public void onMessage(Q message) {
    tell(listener -> listener.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    tell(ServerCall.Listener::onHalfClose);
  }

  @Override
  public void onCancel() {
    tell(ServerCall.Listener::onCancel);
  }

  @Override
  public void onComplete() {
    tell(ServerCall.Listener::onComplete);
  }

  @Override
  public void onReady() {
    tell(ServerCall.Listener::onReady);
  }
}
