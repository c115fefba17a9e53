package dev.rowan.it;

import dev.rowan.it.StreamSession.Received;
import dev.rowan.proto.etcdserverpb.WatchCancelRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchProgressRequest;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import java.time.Duration;
import java.util.Optional;

/** A raw Watch stream: what is sent and what comes is as on the wire. */
public record WatchSession(StreamSession<WatchRequest, WatchResponse> stream)
    implements AutoCloseable {
  /** Asks for a watcher. */
  public void create(WatchCreateRequest.Builder request) {
    stream.send(WatchRequest.newBuilder().setCreateRequest(request).build());
  }

  /** Asks to end a watcher. */
  public void cancelWatch(long watchId) {
    WatchCancelRequest request = WatchCancelRequest.newBuilder().setWatchId(watchId).build();
    stream.send(WatchRequest.newBuilder().setCancelRequest(request).build());
  }

  /** Asks how far the stream's watchers are. */
  public void progress() {
    WatchProgressRequest request = WatchProgressRequest.getDefaultInstance();
    stream.send(WatchRequest.newBuilder().setProgressRequest(request).build());
  }

  /** Takes what comes next, and fails if nothing does. */
  public Received<WatchResponse> next() {
    return stream.next();
  }

  /** Takes what comes next within the time. */
  public Optional<Received<WatchResponse>> poll(Duration atMost) {
    return stream.poll(atMost);
  }

  @Override
  public void close() {
    stream.close();
  }
}
