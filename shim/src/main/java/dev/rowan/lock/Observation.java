package dev.rowan.lock;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortOrder;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest.FilterType;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.Event.EventType;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.proto.v3electionpb.LeaderResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One call of Observe (EL-2): looks who leads, or waits for somebody to; then follows that key, and
 * when it is deleted looks again. What the caller has no room for is left with the watch, which
 * then falls behind and catches up. The stream ends without an error whatever happens, as etcd's.
 */
final class Observation {
  private final Caller caller;
  private final ByteString name;
  private final ServerCallStreamObserver<LeaderResponse> reply;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** The watch whose next response is wanted once the caller has room. */
  private final AtomicReference<@Nullable Watching> paused = new AtomicReference<>();

  private volatile @Nullable Watching watch;

  Observation(Caller caller, ByteString name, ServerCallStreamObserver<LeaderResponse> reply) {
    this.caller = caller;
    this.name = name;
    this.reply = reply;
  }

  /** A range of the leader alone. */
  static RangeRequest.Builder leader(ByteString name) {
    return RangeRequest.newBuilder()
        .setKey(Caller.prefix(name))
        .setRangeEnd(Caller.prefixEnd(name))
        .setSortTarget(SortTarget.CREATE)
        .setSortOrder(SortOrder.ASCEND)
        .setLimit(1);
  }

  void start() {
    reply.setOnCancelHandler(this::cancelled);
    reply.setOnReadyHandler(this::resume);
    look();
  }

  private void look() {
    caller.range(leader(name), this::found, text -> end());
  }

  private void found(RangeResponse leader) {
    if (leader.getKvsCount() > 0) {
      send(leader.getHeader(), leader.getKvs(0));
      follow(leader.getKvs(0).getKey(), leader.getHeader().getRevision() + 1);
    } else {
      watch(
          WatchCreateRequest.newBuilder()
              .setKey(Caller.prefix(name))
              .setRangeEnd(Caller.prefixEnd(name))
              .setStartRevision(leader.getHeader().getRevision() + 1)
              .addFilters(FilterType.NODELETE),
          this::elected);
    }
  }

  /** The first to come leads. */
  private void elected(Watching candidates, WatchResponse response) {
    candidates.close();
    KeyValue leader = response.getEvents(0).getKv();
    long revision = leader.getModRevision();
    send(response.getHeader().toBuilder().setRevision(revision).build(), leader);
    follow(leader.getKey(), revision + 1);
  }

  private void follow(ByteString key, long fromRevision) {
    watch(
        WatchCreateRequest.newBuilder().setKey(key).setStartRevision(fromRevision),
        this::proclaimed);
  }

  private void proclaimed(Watching leader, WatchResponse response) {
    for (Event event : response.getEventsList()) {
      if (event.getType() == EventType.DELETE) {
        leader.close();
        look();
        return;
      }
      send(response.getHeader(), event.getKv());
    }
    paused.set(leader);
    resume();
  }

  /** Takes the next response if the caller has room; else its being ready comes back here. */
  private void resume() {
    Watching next = reply.isReady() ? paused.getAndSet(null) : null;
    if (next != null) {
      next.next();
    }
  }

  /** What is done with events. */
  private interface Step {
    void take(Watching watch, WatchResponse response);
  }

  private void watch(WatchCreateRequest.Builder request, Step step) {
    Watching begun =
        new Watching(
            new Watching.Events() {
              @Override
              public void happened(Watching watch, WatchResponse response) {
                step.take(watch, response);
              }

              @Override
              public void overtaken() {
                look();
              }

              @Override
              public void failed(String text) {
                end();
              }
            });
    watch = begun;
    if (!ended.get()) {
      caller.start(begun, request);
    }
  }

  private void send(ResponseHeader header, KeyValue leader) {
    if (!ended.get()) {
      reply.onNext(LeaderResponse.newBuilder().setHeader(header).setKv(leader).build());
    }
  }

  private void end() {
    if (ended.compareAndSet(false, true)) {
      reply.onCompleted();
    }
  }

  private void cancelled() {
    if (ended.compareAndSet(false, true)) {
      closeWatch();
    }
  }

  private void closeWatch() {
    Watching open = watch;
    if (open != null) {
      open.close();
    }
  }
}
