package dev.rowan.quorum;

import dev.rowan.error.EtcdError;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Serves a call that requires a leader, by {@code hasleader: true} in its metadata, while there is
 * one (C-7). A stream is ended later than a call is refused, since its client has to begin anew:
 * after three looks, one an election timeout, that found no leader. Safe for any thread.
 */
final class LeaderRequirement implements ServerInterceptor {
  /** Looks in a row without a leader, after which streams end. etcd's. */
  private static final int LEADERLESS_MAX = 3;

  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private final BooleanSupplier leaderKnown;
  private final Set<Stream<?, ?>> streams = ConcurrentHashMap.newKeySet();

  /** The timer's. */
  private int leaderless;

  LeaderRequirement(BooleanSupplier leaderKnown) {
    this.leaderKnown = leaderKnown;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!required(headers)) {
      return next.startCall(call, headers);
    }
    if (!leaderKnown.getAsBoolean()) {
      call.close(EtcdError.NO_LEADER.status(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    if (call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY) {
      return next.startCall(call, headers);
    }
    Stream<Q, R> stream = new Stream<>(call);
    streams.add(stream);
    return new Events<>(stream, next.startCall(stream, headers));
  }

  private static boolean required(Metadata headers) {
    Iterable<String> values = headers.getAll(HAS_LEADER);
    Iterator<String> each = values == null ? null : values.iterator();
    return each != null && each.hasNext() && each.next().equals("true");
  }

  /** To be called once an election timeout. */
  void look() {
    leaderless = leaderKnown.getAsBoolean() ? 0 : leaderless + 1;
    if (leaderless >= LEADERLESS_MAX) {
      streams.forEach(Stream::end);
    }
  }

  /** A stream that can be ended from outside, whatever its service sends meanwhile. */
  private final class Stream<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private boolean closed;
    private volatile boolean ended;

    Stream(ServerCall<Q, R> call) {
      super(call);
    }

    synchronized void end() {
      streams.remove(this);
      if (!closed) {
        closed = true;
        ended = true;
        super.close(EtcdError.NO_LEADER.status(), new Metadata());
      }
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!ended) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(R message) {
      if (!ended) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      streams.remove(this);
      if (!ended) {
        closed = true;
        super.close(status, trailers);
      }
    }

    @Override
    public boolean isCancelled() {
      return ended || super.isCancelled();
    }
  }

  /** To its service a stream that was ended is one that was cancelled. */
  private final class Events<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Stream<Q, ?> stream;

    Events(Stream<Q, ?> stream, ServerCall.Listener<Q> listener) {
      super(listener);
      this.stream = stream;
    }

    @Override
    public void onCancel() {
      streams.remove(stream);
      super.onCancel();
    }

    @Override
    public void onComplete() {
      streams.remove(stream);
      if (stream.ended) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }
}
