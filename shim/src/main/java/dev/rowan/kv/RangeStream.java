package dev.rowan.kv;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.rowan.auth.ReadPermit;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Selection;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest.SortTarget;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.RangeStreamResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * One RangeStream call: sends a range in chunks, each only when the client has room for it. All
 * chunks are of the revision that was current at the first (KV-23).
 *
 * <p>Chunks are made on the readers' threads, one at a time; {@link #resume} may come from any.
 */
final class RangeStream {
  /** Keys of the first chunk; later ones double or halve towards the wanted size (KV-21). */
  private static final int FIRST_CHUNK_KEYS = 10;

  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});

  private final RangeRequest request;
  private final Identity identity;
  private final KeyIndex index;
  private final Values values;
  private final Readers readers;
  private final int chunkBytesWanted;
  private final ServerCallStreamObserver<RangeStreamResponse> call;

  private @Nullable ReadPermit permit;
  private long headerRevision;
  private long revision;
  private ByteString nextKey;
  private long left;
  private long total = -1;
  private int chunkKeys = FIRST_CHUNK_KEYS;
  private boolean running;
  private boolean done;

  RangeStream(
      RangeRequest request,
      Identity identity,
      KeyIndex index,
      Values values,
      Readers readers,
      int requestBytesMax,
      ServerCallStreamObserver<RangeStreamResponse> call) {
    this.request = request;
    this.identity = identity;
    this.index = index;
    this.values = values;
    this.readers = readers;
    this.chunkBytesWanted = requestBytesMax / 2;
    this.call = call;
    this.nextKey = request.getKey();
    this.left = request.getLimit() > 0 ? request.getLimit() : Long.MAX_VALUE;
  }

  /** The read is current and permitted: begin. */
  void start(ReadPermit permit) {
    synchronized (this) {
      this.permit = permit;
      headerRevision = index.view().revision();
      revision = request.getRevision() > 0 ? request.getRevision() : headerRevision;
    }
    resume();
  }

  /** The client has room: go on, unless a chunk is being made already. */
  void resume() {
    synchronized (this) {
      if (permit == null || running || done || !call.isReady()) {
        return;
      }
      running = true;
    }
    try {
      readers.runPiece(_ -> sendWhileReady(), new FailureOnly());
    } catch (EtcdException refusal) {
      end();
      call.onError(refusal);
    }
  }

  private synchronized void end() {
    running = false;
    done = true;
  }

  private void sendWhileReady() throws LogException {
    while (!done && !call.isCancelled()) {
      sendChunk();
      synchronized (this) {
        if (!done && !call.isReady()) {
          running = false;
          return;
        }
      }
    }
  }

  /** Ends the stream with what went wrong. */
  private final class FailureOnly implements StreamObserver<RangeStreamResponse> {
    @Override
    public void onNext(RangeStreamResponse response) {
      throw new IllegalStateException("chunks go to the call");
    }

    @Override
    public void onError(Throwable t) {
      end();
      call.onError(t);
    }

    @Override
    public void onCompleted() {}
  }

  private void sendChunk() throws LogException {
    KeyIndexView now = index.view();
    Selection selection = Selection.of(chunkRequest(), now, now.revision(), now.compactRevision());
    @Nullable KeyValue[] rows = values.cached(selection.ids());
    values.read(selection.ids(), rows);
    RangeResponse.Builder chunk = selection.answer(rows);
    if (total < 0) {
      total = chunk.getCount();
    }
    boolean last = request.getCountOnly() || !chunk.getMore() || chunk.getKvsCount() >= left;
    advance(chunk);
    RangeResponse.Builder message = RangeResponse.newBuilder().addAllKvs(chunk.getKvsList());
    if (last) {
      message
          .setHeader(identity.header(headerRevision))
          .setCount(total)
          .setMore(!request.getCountOnly() && chunk.getMore());
    }
    if (permit != null) {
      permit.confirm();
    }
    call.onNext(RangeStreamResponse.newBuilder().setRangeResponse(message).build());
    if (last) {
      end();
      call.onCompleted();
    }
  }

  private RangeRequest chunkRequest() {
    return request.toBuilder()
        .setKey(nextKey)
        .setRevision(revision)
        .setLimit(Math.min(left, chunkKeys))
        .setSortTarget(SortTarget.KEY)
        .build();
  }

  private void advance(RangeResponse.Builder chunk) {
    int keys = chunk.getKvsCount();
    if (keys == 0) {
      return;
    }
    left -= keys;
    nextKey = chunk.getKvs(keys - 1).getKey().concat(ZERO);
    nextKey = UnsafeByteOperations.unsafeWrap(nextKey.toByteArray());
    long bytes = 0;
    for (KeyValue kv : chunk.getKvsList()) {
      bytes += kv.getSerializedSize();
    }
    if (bytes < chunkBytesWanted) {
      chunkKeys *= 2;
    } else if (bytes > 4L * chunkBytesWanted) {
      chunkKeys = Math.max(1, chunkKeys / 2);
    }
  }
}
