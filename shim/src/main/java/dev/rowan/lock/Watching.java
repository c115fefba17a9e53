package dev.rowan.lock;

import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One watch, on a stream of its own, that takes one response after the other as its owner asks for
 * them. Any thread may close it, also before it starts; nothing is told after that, but for what is
 * being told just then.
 */
final class Watching implements ClientResponseObserver<WatchRequest, WatchResponse> {
  private final Events events;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable ClientCallStreamObserver<WatchRequest> requests;

  /** What a watch tells its owner, one call at a time. */
  interface Events {
    /** Some events; the next come after {@link Watching#next}. */
    void happened(Watching watch, WatchResponse response);

    /** Compaction overtook the watch: what happened meanwhile is to be looked up. */
    void overtaken();

    /** The watch ended with an error. */
    void failed(String text);
  }

  Watching(Events events) {
    this.events = events;
  }

  /** Opens the stream and creates the watch, in the Context of the caller, unless it is closed. */
  void start(Channel channel, WatchCreateRequest.Builder request) {
    var stream = WatchGrpc.newStub(channel).watch(this);
    stream.onNext(WatchRequest.newBuilder().setCreateRequest(request).build());
    if (closed.get()) {
      cancel();
    }
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
    requests = stream;
    stream.disableAutoRequestWithInitial(1);
  }

  /** Asks for the next response. */
  void next() {
    ClientCallStreamObserver<WatchRequest> stream = requests;
    if (stream != null) {
      stream.request(1);
    }
  }

  /** Ends the watch. */
  void close() {
    if (closed.compareAndSet(false, true)) {
      cancel();
    }
  }

  private void cancel() {
    ClientCallStreamObserver<WatchRequest> stream = requests;
    if (stream != null) {
      stream.cancel("the watch is over", null);
    }
  }

  @Override
  public void onNext(WatchResponse response) {
    if (closed.get()) {
      return;
    }
    if (response.getCanceled()) {
      close();
      if (response.getCompactRevision() != 0) {
        events.overtaken();
      } else {
        events.failed(response.getCancelReason());
      }
    } else if (response.getEventsCount() > 0) {
      events.happened(this, response);
    } else {
      next();
    }
  }

  @Override
  public void onError(Throwable t) {
    if (closed.compareAndSet(false, true)) {
      events.failed(Caller.text(t));
    }
  }

  @Override
  public void onCompleted() {
    if (closed.compareAndSet(false, true)) {
      events.failed("the watch was closed");
    }
  }
}
