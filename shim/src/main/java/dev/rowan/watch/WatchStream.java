package dev.rowan.watch;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Watch call with its watchers. Its watchers belong to the hub's thread; sending is guarded by
 * the stream, since a catch-up may send beside the hub.
 */
final class WatchStream {
  private final ServerCallStreamObserver<WatchFrame> call;
  private final int fragmentBytes;
  private final Map<Long, Watcher> watchers = new HashMap<>();
  private long nextId;
  private long nextTickNanos;
  private boolean wantsNext;
  private boolean ended;

  /**
   * Makes a stream.
   *
   * @param fragmentBytes a response of this size or more is cut up for watchers that allow it
   */
  WatchStream(ServerCallStreamObserver<WatchFrame> call, int fragmentBytes) {
    this.call = call;
    this.fragmentBytes = fragmentBytes;
  }

  /** Whether the client has room: gRPC itself would queue without limit. */
  boolean ready() {
    return call.isReady();
  }

  Map<Long, Watcher> watchers() {
    return watchers;
  }

  @Nullable Watcher watcher(long id) {
    return watchers.get(id);
  }

  /** The id that a new watcher gets: the wanted one, or for 0 the next that is free (W-2). */
  long idFor(long wanted) {
    if (wanted != 0) {
      return wanted;
    }
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  long nextTickNanos() {
    return nextTickNanos;
  }

  void setNextTickNanos(long nanos) {
    nextTickNanos = nanos;
  }

  /** Takes the next request of the client, as soon as there is room for its answer. */
  void takeNext() {
    wantsNext = !ready();
    if (!wantsNext) {
      call.request(1);
    }
  }

  /** The client has room again. */
  void resume() {
    if (wantsNext) {
      takeNext();
    }
  }

  void send(WatchResponse response) {
    send(new WatchFrame().add(response.toByteArray()));
  }

  private synchronized void send(WatchFrame frame) {
    if (!ended && !call.isCancelled()) {
      call.onNext(frame);
    }
  }

  /**
   * Sends events of whole revisions to a watcher, cut into fragments if it wants that (W-16).
   *
   * @return whether it was sent: not to a watcher that is closed
   */
  synchronized boolean send(Watcher watcher, byte[] header, List<byte[]> events) {
    if (watcher.closed()) {
      return false;
    }
    WatchFrame whole = frame(watcher, header, events);
    if (watcher.options().fragments() && whole.size() >= fragmentBytes && events.size() > 1) {
      sendFragments(watcher, header, events);
    } else {
      send(whole);
    }
    return true;
  }

  private static WatchFrame frame(Watcher watcher, byte[] header, List<byte[]> events) {
    WatchFrame frame = new WatchFrame().add(header).add(watcher.idPiece());
    events.forEach(frame::add);
    return frame;
  }

  private void sendFragments(Watcher watcher, byte[] header, List<byte[]> events) {
    List<byte[]> some = new ArrayList<>();
    int empty = frame(watcher, header, some).add(Encoding.fragment()).size();
    int size = empty;
    for (byte[] event : events) {
      if (!some.isEmpty() && size + event.length >= fragmentBytes) {
        send(frame(watcher, header, some).add(Encoding.fragment()));
        some.clear();
        size = empty;
      }
      some.add(event);
      size += event.length;
    }
    send(frame(watcher, header, some));
  }

  /** Ends a watcher: nothing is sent to it after this response. */
  synchronized void cancel(Watcher watcher, ResponseHeader header, long compactRevision) {
    watcher.close();
    watchers.remove(watcher.id());
    send(
        WatchResponse.newBuilder()
            .setHeader(header)
            .setWatchId(watcher.id())
            .setCanceled(true)
            .setCompactRevision(compactRevision)
            .build());
  }

  /** Ends the call because the server stops. */
  synchronized void stop() {
    if (!ended) {
      ended = true;
      if (!call.isCancelled()) {
        call.onError(EtcdError.STOPPED.exception());
      }
    }
  }

  /** The call is over; nothing can be sent any more. */
  synchronized void gone() {
    ended = true;
  }
}
