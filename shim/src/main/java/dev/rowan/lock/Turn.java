package dev.rowan.lock;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortOrder;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest.FilterType;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call that queues below a name and waits for its turn. Its place is a key of its own, bound to
 * its lease; whoever's key was created first is at its head. Each waits for the key right before
 * its own to be deleted, so that a deletion wakes one waiter, not all of them:
 *
 * <pre>
 * name/2a  created at 5   has its turn
 * name/07  created at 8   watches name/2a
 * name/b1  created at 9   watches name/07, and once that is gone looks who is before it now
 * </pre>
 *
 * <p>No thread waits with it: a waiting call is one watch and this object. If the caller goes away
 * before its turn, its key is deleted. The steps follow each other; a cancellation may come between
 * any two, on another thread.
 *
 * @param <R> the answer
 */
abstract class Turn<R> implements Watching.Events {
  private static final Logger log = LoggerFactory.getLogger(Turn.class);

  private final Caller caller;
  private final ByteString name;
  private final ServerCallStreamObserver<R> reply;
  private final AtomicBoolean ended = new AtomicBoolean();
  private ByteString key = ByteString.EMPTY;
  private long leaseId;

  /** The create revision of the key; 0 until it is there. */
  private volatile long revision;

  private volatile @Nullable Watching watch;

  Turn(Caller caller, ByteString name, ServerCallStreamObserver<R> reply) {
    this.caller = caller;
    this.name = name;
    this.reply = reply;
  }

  /** Begins, with a new lease if the id is 0. */
  final void start(long wantedLeaseId) {
    reply.setOnCancelHandler(this::cancelled);
    caller.lease(
        wantedLeaseId,
        id -> {
          leaseId = id;
          key = Caller.key(name, id);
          caller.txn(entry(), this::place, this::fail);
        },
        this::fail);
  }

  /** The transaction that makes the key unless it is there, and else reads it, as its first op. */
  abstract TxnRequest.Builder entry();

  /** The key is there; to go on with {@link #await}, or to end. */
  abstract void entered(TxnResponse entry);

  /** Nobody is before this one any more. */
  abstract void reached();

  private void place(TxnResponse entry) {
    RangeResponse own = entry.getResponses(0).getResponseRange();
    revision = entry.getSucceeded() ? entry.getHeader().getRevision() : created(own);
    if (ended.get()) {
      leave(() -> {});
    } else {
      entered(entry);
    }
  }

  private static long created(RangeResponse own) {
    return own.getKvs(0).getCreateRevision();
  }

  /**
   * Looks for the key right before this one's. The state of this instance will do, however old: it
   * has this key, so it has had all before it, and of one that was deleted since the watch tells.
   */
  final void await() {
    caller.range(
        keys()
            .setMaxCreateRevision(revision - 1)
            .setSortTarget(SortTarget.CREATE)
            .setSortOrder(SortOrder.DESCEND)
            .setLimit(1)
            .setKeysOnly(true)
            .setSerializable(true),
        this::follow,
        this::leaveAndFail);
  }

  private void follow(RangeResponse before) {
    if (ended.get()) {
      return;
    }
    if (before.getKvsCount() == 0) {
      reached();
      return;
    }
    Watching deletion = new Watching(this);
    watch = deletion;
    if (ended.get()) {
      return;
    }
    caller.start(
        deletion,
        WatchCreateRequest.newBuilder()
            .setKey(before.getKvs(0).getKey())
            .setStartRevision(before.getHeader().getRevision() + 1)
            .addFilters(FilterType.NOPUT));
  }

  @Override
  public final void happened(Watching deleted, WatchResponse response) {
    deleted.close();
    await();
  }

  @Override
  public final void overtaken() {
    await();
  }

  @Override
  public final void failed(String text) {
    leaveAndFail(text);
  }

  private void cancelled() {
    if (ended.compareAndSet(false, true)) {
      closeWatch();
      leave(() -> {});
    }
  }

  private void closeWatch() {
    Watching open = watch;
    if (open != null) {
      open.close();
    }
  }

  /** Ends with an error, once the place is given up. */
  final void leaveAndFail(String text) {
    leave(() -> fail(text));
  }

  /**
   * Gives the place up, if there is one; as the server, since the caller's token may have ended in
   * the wait. If that fails, the lease's end does it.
   */
  private void leave(Runnable then) {
    if (revision == 0) {
      then.run();
      return;
    }
    caller
        .asServer()
        .txn(
            TxnRequest.newBuilder()
                .addCompare(createdAt(key, revision))
                .addSuccess(
                    RequestOp.newBuilder()
                        .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))),
            gone -> then.run(),
            text -> {
              log.atDebug().addKeyValue("error", text).log("a place in a queue stays");
              then.run();
            });
  }

  final void succeed(R response) {
    if (ended.compareAndSet(false, true)) {
      reply.onNext(response);
      reply.onCompleted();
    }
  }

  final void fail(String text) {
    if (ended.compareAndSet(false, true)) {
      reply.onError(Caller.unknown(text));
    }
  }

  final Caller caller() {
    return caller;
  }

  final ByteString key() {
    return key;
  }

  final long leaseId() {
    return leaseId;
  }

  final long revision() {
    return revision;
  }

  /** A range of all keys below the name. */
  final RangeRequest.Builder keys() {
    return RangeRequest.newBuilder()
        .setKey(Caller.prefix(name))
        .setRangeEnd(Caller.prefixEnd(name));
  }

  /** The transaction that makes this key with a value, and else reads it. */
  final TxnRequest.Builder enter(ByteString value) {
    PutRequest.Builder put = PutRequest.newBuilder().setKey(key).setValue(value).setLease(leaseId);
    return TxnRequest.newBuilder()
        .addCompare(createdAt(key, 0))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put))
        .addFailure(RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)));
  }

  /** That a key was created at a revision; at 0, that there is none. */
  static Compare createdAt(ByteString key, long revision) {
    return Compare.newBuilder()
        .setTarget(CompareTarget.CREATE)
        .setResult(CompareResult.EQUAL)
        .setKey(key)
        .setCreateRevision(revision)
        .build();
  }
}
