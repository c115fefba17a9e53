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
 * different threads, and each may hold locks that the other asks for: nothing is told with a lock
 * held here.
 */
final class AwaitedCall<Q> extends ServerCall.Listener<Q> {
  private List<Consumer<ServerCall.Listener<Q>>> early = new ArrayList<>();

  /** Set once what came before was told: what comes then is told by whoever brings it. */
  private ServerCall.@Nullable Listener<Q> begun;

  AwaitedCall() {}

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

  /** Begins the call, and tells it what came until then, and what comes while it is told. */
  void begin(Supplier<ServerCall.Listener<Q>> beginning) {
    ServerCall.Listener<Q> listener = beginning.get();
    List<Consumer<ServerCall.Listener<Q>>> events = early(listener);
    while (!events.isEmpty()) {
      events.forEach(event -> event.accept(listener));
      events = early(listener);
    }
  }

  /** Takes what came meanwhile; if nothing did, what comes goes to the listener. */
  private synchronized List<Consumer<ServerCall.Listener<Q>>> early(
      ServerCall.Listener<Q> listener) {
    List<Consumer<ServerCall.Listener<Q>>> events = early;
    early = new ArrayList<>();
    if (events.isEmpty()) {
      begun = listener;
    }
    return events;
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
