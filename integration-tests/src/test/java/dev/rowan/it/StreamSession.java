package dev.rowan.it;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One bidirectional stream: sends as told, and keeps what comes back in order until it is taken.
 * Sending and taking may be on different threads.
 */
public final class StreamSession<Q, R> implements AutoCloseable {
  /** Longer than any answer takes on a busy machine. */
  private static final Duration NEXT_MAX = Duration.ofSeconds(20);

  private final BlockingQueue<Received<R>> received = new LinkedBlockingQueue<>();
  private final ClientCallStreamObserver<Q> requests;

  private StreamSession(Channel channel, MethodDescriptor<Q, R> method, CallOptions options) {
    requests =
        (ClientCallStreamObserver<Q>)
            ClientCalls.asyncBidiStreamingCall(channel.newCall(method, options), new Receiver());
  }

  /** What a stream brings: messages, and one end. */
  public sealed interface Received<R> {
    /** A message. */
    record Response<R>(R message) implements Received<R> {}

    /** The end of the stream; OK if the server completed it. */
    record End<R>(Status status) implements Received<R> {}
  }

  /** Opens a stream. A call with one request, or one answer, is a stream too. */
  public static <Q, R> StreamSession<Q, R> open(Channel channel, MethodDescriptor<Q, R> method) {
    return new StreamSession<>(channel, method, CallOptions.DEFAULT);
  }

  /** Sends a request. */
  public void send(Q request) {
    requests.onNext(request);
  }

  /** Says that no more requests follow; answers may still come. */
  public void halfClose() {
    requests.onCompleted();
  }

  /** Gives up the stream. */
  public void cancel() {
    requests.cancel("the client is done", null);
  }

  /** Takes what comes next, and fails if nothing does. */
  public Received<R> next() {
    return poll(NEXT_MAX)
        .orElseThrow(() -> new IllegalStateException("nothing came in " + NEXT_MAX));
  }

  /** Takes what comes next within the time. */
  public Optional<Received<R>> poll(Duration atMost) {
    try {
      return Optional.ofNullable(received.poll(atMost.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    cancel();
  }

  private final class Receiver implements StreamObserver<R> {
    @Override
    public void onNext(R message) {
      received.add(new Received.Response<>(message));
    }

    @Override
    public void onError(Throwable failure) {
      received.add(new Received.End<>(Status.fromThrowable(failure)));
    }

    @Override
    public void onCompleted() {
      received.add(new Received.End<>(Status.OK));
    }
  }
}
